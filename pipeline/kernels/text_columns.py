"""The columns that `text.count` fills, by name and by number, and the phrases it looks for."""

COUNTS = (
    "chars letters digits han punctuation spaces symbols newlines hashes curly words word_chars longest_word "
    "alpha_words stop_hits stop_distinct distinct_words top_word ws_words ws_chars ws_alpha ellipses "
    "separators url_chars long_run_chars longest_run lines line_chars bullet_lines ellipsis_lines "
    "terminal_lines short_lines menu_lines policy_lines script_lines dup_lines dup_line_chars paragraphs "
    "dup_paragraphs dup_paragraph_chars lorem top2 top3 top4 dup5 dup6 dup7 dup8 dup9 dup10"
).split()
"""Columns of `count`, in order: plain counts or code points; `topN` and `dupN` are code points of words."""

(CHARS, LETTERS, DIGITS, HAN, PUNCTUATION, SPACES, SYMBOLS, NEWLINES, HASHES, CURLY) = range(10)
(WORDS, WORD_CHARS, LONGEST_WORD, ALPHA, STOP_HITS, STOP_DISTINCT, DISTINCT, TOP_WORD) = range(10, 18)
(WS, WS_CHARS, WS_ALPHA, ELLIPSES, SEPARATORS, URL, LONG_RUN, LONGEST_RUN) = range(18, 26)
(LINES, LINE_CHARS, BULLETS, ELLIPSIS_LINES, TERMINAL, SHORT, MENU, POLICY, SCRIPT) = range(26, 35)
(DUP_LINES, DUP_LINE_CHARS, PARAS, DUP_PARAS, DUP_PARA_CHARS, LOREM) = range(35, 41)
TOP2, DUP5 = 41, 44

F_LOREM, F_SCRIPT, F_POL = 1, 2, 4
PHRASES = (
    ("lorem ipsum", F_LOREM), ("javascript", F_SCRIPT), ("terms of use", F_POL), ("privacy policy", F_POL),
    ("cookie policy", F_POL), ("uses cookies", F_POL), ("use of cookies", F_POL), ("use cookies", F_POL),
    ("accept cookies", F_POL), ("all cookies", F_POL), ("cookie settings", F_POL), ("cookie preferences", F_POL),
    ("隐私政策", F_POL), ("隐私声明", F_POL), ("使用条款", F_POL), ("用户协议", F_POL), ("服务条款", F_POL),
    ("使用cookie", F_POL), ("使用 cookie", F_POL), ("接受所有cookie", F_POL), ("版权所有", F_POL),
    ("备案号", F_POL), ("all rights reserved", F_POL),
)  # fmt: skip
