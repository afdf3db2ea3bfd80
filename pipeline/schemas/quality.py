"""Columns of the stage `quality`."""

import pyarrow as pa

from pipeline.schemas import schema

NUMBERS = """
    n_chars n_tokens n_words n_ws_words n_lines n_paragraphs n_sentences mean_word_milli mean_ws_word_milli
    mean_line_chars longest_word_chars longest_ws_word_chars longest_run_chars longest_unmarked_chars third_line_chars
    stop_words_en stop_words_zh curly script_lines lorem_ipsum c4_sentences c4_lorem c4_curly c4open_sentences
    c4open_lorem c4open_curly machine_phrases spam_phrases cut_phrases is_cut damaged citations urls years
""".split()
"""Numbers as they were counted; means are in thousandths where the name says milli."""

RATIOS_PPM = {
    "alpha_tokens_ppm": ("alpha_words", "tokens"),
    "alpha_words_ppm": ("alpha_words", "words"),
    "alpha_ws_words_ppm": ("ws_alpha", "ws_words"),
    "hash_tokens_ppm": ("hashes", "tokens"),
    "hash_ws_words_ppm": ("hashes", "ws_words"),
    "ellipsis_tokens_ppm": ("ellipses", "tokens"),
    "ellipsis_ws_words_ppm": ("ellipses", "ws_words"),
    "symbol_tokens_ppm": ("signs", "tokens"),
    "separator_tokens_ppm": ("separators", "tokens"),
    "stop_words_en_ppm": ("stop_hits_en", "words"),
    "stop_words_zh_ppm": ("stop_hits_zh", "words"),
    "distinct_tokens_ppm": ("distinct_tokens", "tokens"),
    "top_word_ppm": ("keyword", "words"),
    "newline_tokens_ppm": ("newlines", "tokens"),
    "bullet_lines_ppm": ("bullet_lines", "split_lines"),
    "ellipsis_lines_ppm": ("ellipsis_lines", "split_lines"),
    "terminal_lines_ppm": ("terminal_lines", "lines"),
    "ended_lines_ppm": ("ended_lines", "lines"),
    "short30_lines_ppm": ("short30_lines", "lines"),
    "short15_lines_ppm": ("short15_lines", "lines"),
    "menu_lines_ppm": ("menu_lines", "lines"),
    "policy_lines_ppm": ("policy_lines", "lines"),
    "boilerplate_lines_ppm": ("boilerplate_lines", "lines"),
    "site_lines_ppm": ("site_lines", "lines"),
    "dup_lines_ppm": ("dup_lines", "lines"),
    "dup_line_chars_ppm": ("dup_line_chars", "line_chars"),
    "dup_segments_ppm": ("dup_segments", "segments"),
    "dup_segment_chars_ppm": ("dup_segment_chars", "chars"),
    "dup_paragraphs_ppm": ("dup_paragraphs", "paragraphs"),
    "dup_paragraph_chars_ppm": ("dup_paragraph_chars", "chars"),
    **{f"top_{n}gram_ppm": (f"top{n}", "chars") for n in (2, 3, 4)},
    **{f"dup_{n}gram_ppm": (f"dup{n}", "chars") for n in range(5, 11)},
    "repeated_10gram_ppm": ("repeated_runs10_tokens", "runs10_tokens"),
    "letters_ppm": ("letters_and_han", "ink"),
    "alnum_ppm": ("alnum", "chars"),
    "digits_ppm": ("digits", "chars"),
    "han_ppm": ("han", "chars"),
    "punctuation_ppm": ("punctuation", "chars"),
    "symbols_ppm": ("symbols", "chars"),
    "whitespace_ppm": ("spaces", "chars"),
    "parens_ppm": ("parens", "chars"),
    "curly_ppm": ("curly", "chars"),
    "url_ppm": ("url_chars", "chars"),
    "long_runs_ppm": ("long_run_chars", "ink"),
    "mojibake_ppm": ("garbled", "chars"),
    "language_mismatch_ppm": ("foreign", "letters_and_han"),
}
"""Statistic: what is counted, out of what; parts per million rounded down, 0 where there is nothing to divide by."""

CHINESE_PPM = {
    "traditional_ppm": ("traditional", "ideographs"),
    "top_ideograph_ppm": ("top_ideograph", "ideographs"),
    "repeated_13chars_ppm": ("repeated_runs13", "runs13"),
    "frequent_10chars_ppm": ("frequent_runs10", "runs10"),
}
"""As `RATIOS_PPM`, of Chinese documents: null for another language."""

STATISTICS = [*NUMBERS, *RATIOS_PPM, "quality_ppm"]

MEASURES_QUALITY = schema(
    ("doc_id", pa.int64(), False),
    ("lang", pa.string(), False),
    *((name, pa.int32(), False) for name in STATISTICS),
    *((name, pa.int32(), True) for name in CHINESE_PPM),
    ("source_reliability_ppm", pa.int32(), True),  # what its registration bears out; null where there is no register
    ("model_ppm", pa.int32(), True),  # a classifier's probability that a person would accept; null without a model
)
"""Every statistic of every document, whatever rules are in force; `pipeline.stages.quality` defines each."""
