"""The counts that `text.count` fills, by name and by number, and the kinds of phrases it looks for."""

COUNTS = (
    "chars letters digits han latin punctuation spaces symbols newlines hashes ellipses curly parens damaged "
    "separators ws_words ws_chars ws_alpha longest_ws longest_run url_chars urls long_run_chars longest_unmarked "
    "tokens words word_chars longest_word alpha_words stops_en stops_zh stop_hits_en stop_hits_zh sentences years "
    "distinct_tokens top_word lines terminal_lines ended_lines short30_lines short15_lines menu_lines policy_lines "
    "script_lines boilerplate_lines machine_phrases spam_phrases mojibake_phrases cut_phrases lorem_phrases citations "
    "dup_lines dup_line_chars segments dup_segments dup_segment_chars paragraphs dup_paragraphs dup_paragraph_chars "
    "is_cut third_line split_lines bullet_lines ellipsis_lines c4_sentences c4_lorem c4_curly c4_kept_lines "
    "c4open_sentences c4open_lorem c4open_curly top2 top3 top4 dup5 dup6 dup7 dup8 dup9 dup10 "
    "runs10_tokens repeated_runs10_tokens squares ideographs traditional top_ideograph runs13 repeated_runs13 runs10 "
    "frequent_runs10"
).split()
"""Columns of `count`, in order; docs/generated/schemas.md lists the statistics that the stage makes of them."""

(CHARS, LETTERS, DIGITS, HAN, LATIN, PUNCTUATION, SPACES, SYMBOLS, NEWLINES, HASHES) = range(10)
(ELLIPSES, CURLY, PARENS, DAMAGED, SEPARATORS, WS_WORDS, WS_CHARS, WS_ALPHA, LONGEST_WS, LONGEST_RUN) = range(10, 20)
(URL_CHARS, URLS, LONG_RUN_CHARS, LONGEST_UNMARKED, TOKENS, WORDS, WORD_CHARS, LONGEST_WORD) = range(20, 28)
(ALPHA_WORDS, STOPS_EN, STOPS_ZH, STOP_HITS_EN, STOP_HITS_ZH, SENTENCES, YEARS, DISTINCT_TOKENS) = range(28, 36)
(TOP_WORD, LINES, TERMINAL_LINES, ENDED_LINES, SHORT30_LINES, SHORT15_LINES, MENU_LINES) = range(36, 43)
(POLICY_LINES, SCRIPT_LINES, BOILERPLATE_LINES, MACHINE_PHRASES, SPAM_PHRASES, MOJIBAKE_PHRASES) = range(43, 49)
(CUT_PHRASES, LOREM_PHRASES, CITATIONS, DUP_LINES, DUP_LINE_CHARS, SEGMENTS, DUP_SEGMENTS) = range(49, 56)
(DUP_SEGMENT_CHARS, PARAGRAPHS, DUP_PARAGRAPHS, DUP_PARAGRAPH_CHARS, IS_CUT, THIRD_LINE, SPLIT_LINES) = range(56, 63)
(BULLET_LINES, ELLIPSIS_LINES, C4_SENTENCES, C4_LOREM, C4_CURLY, C4_KEPT_LINES) = range(63, 69)
(C4OPEN_SENTENCES, C4OPEN_LOREM, C4OPEN_CURLY, TOP2, TOP3, TOP4, DUP5, DUP6, DUP7, DUP8, DUP9, DUP10) = range(69, 81)
(RUNS10_TOKENS, REPEATED_RUNS10_TOKENS, SQUARES, IDEOGRAPHS, TRADITIONAL, TOP_IDEOGRAPH) = range(81, 87)
(RUNS13, REPEATED_RUNS13, RUNS10, FREQUENT_RUNS10) = range(87, 91)

KINDS = "policy script boilerplate machine spam mojibake cut lorem c4_policy c4_script".split()
"""Kinds of phrases. Those of `c4_` count inside words and decide over C4's lines; the rest begin at a word."""
