"""Columns of the stage `quality`."""

import pyarrow as pa

from pipeline.schemas import schema

STATISTICS = ["n_chars", "n_words", "n_lines", "n_paragraphs", "n_ws_words", "mean_word_milli", "mean_ws_word_milli", "longest_word_chars", "longest_run_chars", "alpha_words_ppm", "alpha_ws_words_ppm", "hash_words_ppm", "hash_ws_words_ppm", "ellipsis_words_ppm", "ellipsis_ws_words_ppm", "stop_words", "stop_words_ppm", "distinct_words_ppm", "top_word_ppm", "bullet_lines_ppm", "ellipsis_lines_ppm", "terminal_lines_ppm", "short_lines_ppm", "newline_words_ppm", "newline_ws_words_ppm", "menu_lines_ppm", "policy_lines_ppm", "script_lines", "curly", "lorem_ipsum", "dup_lines_ppm", "dup_line_chars_ppm", "dup_paragraphs_ppm", "dup_paragraph_chars_ppm", "top_2gram_ppm", "top_3gram_ppm", "top_4gram_ppm", "dup_5gram_ppm", "dup_6gram_ppm", "dup_7gram_ppm", "dup_8gram_ppm", "dup_9gram_ppm", "dup_10gram_ppm", "letters_ppm", "digits_ppm", "han_ppm", "punctuation_ppm", "symbols_ppm", "whitespace_ppm", "url_ppm", "long_runs_ppm", "separator_words_ppm", "quality_ppm"]

MEASURES_QUALITY = schema(
    ("doc_id", pa.int64(), False),
    ("lang", pa.string(), False),
    *((name, pa.int32(), False) for name in STATISTICS),
)
"""Every statistic of every document, whatever rules are in force; `pipeline.stages.quality` defines each."""
