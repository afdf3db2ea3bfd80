"""Thresholds and lists as data: one TOML file per stage, each rule with article, source and examples."""
