"""Conditions: for which fields a rule refuses a source, or a notice concerns it. Details name fields, never values."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pipeline.kernels import binomial, reservations, robots
from pipeline.rules.sources import NoticeRule, SourceRule
from pipeline.stages.sources.assessment import share_ppm

Row = Mapping[str, object]


class Moment(NamedTuple):
    """When and for what a run is started."""

    now_us: int
    use: str
    is_commercial: bool = True


def objection(row: Row, rule: SourceRule, at: Moment) -> str | None:
    """The fields for which `rule` refuses the source, or None."""
    if rule.condition in EQUALS:
        name, refused = EQUALS[rule.condition]
        return name[1] if row[name[0]] in refused else None
    return OBJECTIONS[rule.condition](row, rule, at)


EQUALS: Mapping[str, tuple[tuple[str, str], tuple[object, ...]]] = {
    "graded": (("data_grade", "data_grade"), ("important", "core")),
    "secret": (("is_secret", "is_secrecy_declared"), (True,)),
    "unwarranted": (("is_origin_warranted", "contract.is_origin_warranted"), (False,)),
    "self_approved": (("is_self_approved", "approver"), (True,)),
    "untrained": (("is_training_allowed", "is_training_allowed"), (False,)),
}


def _incomplete(row: Row, rule: SourceRule, at: Moment) -> str | None:
    del rule, at
    return ", ".join(listed(row["missing"])) or None


def _assessed_bad(row: Row, rule: SourceRule, at: Moment) -> str | None:
    del at
    shares = {"assessment": _share_ppm(row, ""), "assessment_after": _share_ppm(row, "_after")}
    return ", ".join(name for name, share in shares.items() if share > rule.above_ppm) or None


def _assessed_late(row: Row, rule: SourceRule, at: Moment) -> str | None:
    del rule, at
    assessed, began = row["assessed_us"], row["collected_from_us"]
    return "assessment.at" if isinstance(assessed, int) and isinstance(began, int) and assessed > began else None


def _uncommitted(row: Row, rule: SourceRule, at: Moment) -> str | None:
    del rule, at
    return "commitments" if row["is_committed"] is False or row["review"] == "rejected" else None


def _unstarted(row: Row, rule: SourceRule, at: Moment) -> str | None:
    del rule
    starts = row["contract_starts_us"]
    return "contract.starts_at" if isinstance(starts, int) and starts > at.now_us else None


def _expired(row: Row, rule: SourceRule, at: Moment) -> str | None:
    del rule
    return "contract.expires_at" if _is_past(row["contract_expires_us"], at.now_us) else None


def _recheck(row: Row, rule: SourceRule, at: Moment) -> str | None:
    del rule
    return "recheck_at" if _is_past(row["recheck_us"], at.now_us) else None


def _stale(row: Row, rule: SourceRule, at: Moment) -> str | None:
    return "reservations.fetched_at" if _is_past(stale_us(row, rule.above_us), at.now_us) else None


def _unreachable(row: Row, rule: SourceRule, at: Moment) -> str | None:
    del rule, at
    failed = [site for site in sites(row) if isinstance(code := site["http_status"], int) and code >= 500]
    return "reservations.http_status" if failed else None


def _not_robots(row: Row, rule: SourceRule, at: Moment) -> str | None:
    del rule, at
    return "reservations.robots_file" if any(robots.is_none(str(site["robots"] or "")) for site in sites(row)) else None


def _redirected(row: Row, rule: SourceRule, at: Moment) -> str | None:
    del at
    lost = [
        site
        for site in sites(row)
        if (isinstance(n := site["redirects"], int) and n > rule.above)
        or (isinstance(code := site["http_status"], int) and code in REDIRECTS)
    ]
    return "reservations.redirects" if lost else None


def _future(row: Row, rule: SourceRule, at: Moment) -> str | None:
    """Dates of what was done that lie ahead; evidence would never age."""
    dates = {
        "licence.captured_at": row["licence_captured_us"],
        "licence.confirmed_at": row["licence_confirmed_us"],
        "collected_from": row["collected_from_us"],
        "assessment.at": row["assessed_us"],
        "reservations.fetched_at": max(
            (us for site in sites(row) if isinstance(us := site["fetched_us"], int)), default=None
        ),
    }
    ahead = [name for name, us in dates.items() if isinstance(us, int) and us > at.now_us + rule.above_us]
    return ", ".join(ahead) or None


def _reserved(row: Row, rule: SourceRule, at: Moment) -> str | None:
    """The crawlers that a publisher keeps out, of our own and the ones the rule names."""
    del at
    own = str(row["robots_agent"] or "*")
    refused = [
        agent
        for site in sites(row)
        if site["robots"] is not None
        for agent in robots.refused(str(site["robots"]), (own, *rule.agents), str(site["url"]))
    ]
    named = [agent for agent in dict.fromkeys(refused) if agent in rule.agents]
    return f"reservations: {', '.join(named or ['own crawler'])}" if refused else None


def _reserved_otherwise(row: Row, rule: SourceRule, at: Moment) -> str | None:
    del at
    found = [reservations.of_site(site_of(site), rule.agents, str(site["url"])) for site in sites(row)]
    codes = sorted({code for one in found for code in one})
    return f"reservations: {', '.join(codes)}" if codes else None


def _unbased(row: Row, rule: SourceRule, at: Moment) -> str | None:
    del at
    return "personal.basis" if row["contains_pi"] == "yes" and row["pi_basis"] in rule.bases else None


def _minors(row: Row, rule: SourceRule, at: Moment) -> str | None:
    del at
    return "personal.minors" if row["has_minors"] == "yes" and row["pi_basis"] not in rule.bases else None


def _exported(row: Row, rule: SourceRule, at: Moment) -> str | None:
    del at
    kept, came = row["storage_region"], row["origin"]
    is_abroad = came in rule.regions and kept is not None and kept not in rule.regions
    return "export_mechanism" if is_abroad and row["contains_pi"] == "yes" and not row["export_mechanism"] else None


def _upstream(row: Row, rule: SourceRule, at: Moment) -> str | None:
    del rule, at
    return f"upstream: {row['upstream_problem']}" if row["upstream_problem"] else None


def _use(row: Row, rule: SourceRule, at: Moment) -> str | None:
    del rule
    return None if at.use in listed(row["intended_use"]) else "intended_use"


def _commercial(row: Row, rule: SourceRule, at: Moment) -> str | None:
    del rule
    return "is_commercial" if at.is_commercial and row["is_commercial"] is False else None


REDIRECTS = range(300, 400)
OBJECTIONS: Mapping[str, Callable[[Row, SourceRule, Moment], str | None]] = {
    "incomplete": _incomplete,
    "assessed_bad": _assessed_bad,
    "assessed_late": _assessed_late,
    "uncommitted": _uncommitted,
    "unstarted": _unstarted,
    "expired": _expired,
    "recheck": _recheck,
    "stale": _stale,
    "unreachable": _unreachable,
    "not_robots": _not_robots,
    "redirected": _redirected,
    "future": _future,
    "reserved": _reserved,
    "reserved_otherwise": _reserved_otherwise,
    "unbased": _unbased,
    "minors": _minors,
    "exported": _exported,
    "upstream": _upstream,
    "use": _use,
    "commercial": _commercial,
}

Noticed = tuple[str, int | None]  # fields, and the time from which on they refuse the source


def noticed(row: Row, rule: NoticeRule, at: Moment, stale_after_us: int) -> list[Noticed]:
    """What `rule` notices about the source."""
    if rule.condition == "due":
        return _due(row, at.now_us, rule.within_us, stale_after_us)
    if rule.condition == "single":
        return [(f"languages: {one}", None) for one in listed(row["alone_in"])]
    name, applies = NOTICED[rule.condition]
    return [(name, None)] if applies(row, rule) else []


def _due(row: Row, now_us: int, within_us: int, stale_after_us: int) -> list[Noticed]:
    dates = {
        "contract.expires_at": row["contract_expires_us"],
        "recheck_at": row["recheck_us"],
        "reservations.fetched_at": stale_us(row, stale_after_us),
    }
    return [(name, us) for name, us in dates.items() if isinstance(us, int) and now_us < us <= now_us + within_us]


def _is_undated(row: Row, rule: NoticeRule) -> bool:
    del rule
    return row["collected_from_us"] is None


def _has_unread_terms(row: Row, rule: NoticeRule) -> bool:
    del rule
    return any(one["rsl"] is None and reservations.policy(site_of(one)).has_terms for one in sites(row))


def _is_long(row: Row, rule: NoticeRule) -> bool:
    del rule
    return any(len(str(one["robots"] or "").encode("utf-8", "replace")) > robots.LONGEST for one in sites(row))


def _is_unproven(row: Row, rule: NoticeRule) -> bool:
    n, bad = row["n_assessed"], row["n_bad"]
    if not isinstance(n, int) or not isinstance(bad, int) or not 0 <= bad <= n:
        return False
    return n == 0 or binomial.upper_ppm(n, bad, rule.confidence_ppm) > rule.above_ppm


def _is_off_time(row: Row, rule: NoticeRule) -> bool:
    begin, end = row["collected_from_us"], row["collected_to_us"]
    if not isinstance(begin, int) or row["is_ongoing"]:
        return False
    last = end if isinstance(end, int) else begin
    times = [us for site in sites(row) if isinstance(us := site["fetched_us"], int)]
    return any(not begin - rule.within_us <= us <= last + rule.within_us for us in times)


NOTICED: Mapping[str, tuple[str, Callable[[Row, NoticeRule], bool]]] = {
    "unproven": ("assessment", _is_unproven),
    "undated": ("collected_from", _is_undated),
    "off_time": ("reservations.fetched_at", _is_off_time),
    "unread_terms": ("reservations.rsl_file", _has_unread_terms),
    "long_robots": ("reservations.robots_file", _is_long),
}


def stale_us(row: Row, after_us: int) -> int | None:
    """When what the sites reserve is too old; None where collection is over or nothing was fetched."""
    times = [us for site in sites(row) if isinstance(us := site["fetched_us"], int)]
    return min(times) + after_us if row["is_ongoing"] and times else None


def sites(row: Row) -> list[Row]:
    """The sites of a source."""
    found = row["sites"]
    return found if isinstance(found, list) else []


def site_of(row: Row) -> reservations.Site:
    """The files of a `SITE` row."""
    texts = (row[name] for name in reservations.Site._fields)
    return reservations.Site(*(None if text is None else str(text) for text in texts))


def listed(value: object) -> list[str]:
    """A list column's value, empty for null."""
    return [str(one) for one in value] if isinstance(value, list) else []


def _share_ppm(row: Row, suffix: str) -> int:
    n, bad = row[f"n_assessed{suffix}"], row[f"n_bad{suffix}"]
    return share_ppm(n, bad) if isinstance(n, int) and isinstance(bad, int) and n else 0


def _is_past(at_us: object, now_us: int) -> bool:
    return isinstance(at_us, int) and at_us <= now_us
