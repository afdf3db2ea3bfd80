"""Topics: clusters of documents by the words that they repeat (TF-IDF, spherical k-means in whole numbers).

No model is downloaded, and the same documents give the same topics on every machine. A topic is named by words that
several documents repeat: a word of one document alone names nothing.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.rules.diversity import Topics

SCALE = 1_000
ROUNDS = 8
NAMING_WORDS = 3
CHUNK = 50_000

Numbers = npt.NDArray[np.int64]


def topics(words: pa.ChunkedArray, rule: Topics) -> pa.Array:
    """The topic of each document: its three weightiest words; null for a document that belongs to none.

    Args:
        words: list<string>, the words that a document repeats, most frequent first; in order of documents.
        rule: how many topics there are at most, and how many documents make a word or a topic.
    """
    rows, columns, weights, vocabulary = _matrix(words, rule)
    n = len(words)
    if not len(vocabulary):
        return pa.nulls(n, pa.string())
    entries = (rows, columns, weights)
    centres = _fitted(_every(entries, n, rule.sample), len(vocabulary), rule)
    chosen = _nearest(entries, n, centres)
    sizes = np.bincount(chosen[chosen >= 0], minlength=len(centres))
    chosen[(chosen >= 0) & (sizes[chosen] < rule.least_documents)] = -1
    names = pa.array([" ".join(vocabulary[i] for i in _heaviest(centre)) for centre in centres], pa.string())
    return names.take(pa.array(chosen, mask=chosen < 0))


Entries = tuple[Numbers, Numbers, Numbers]  # document, word, weight; ascending document


def _matrix(words: pa.ChunkedArray, rule: Topics) -> tuple[Numbers, Numbers, Numbers, list[str]]:
    """What every document says of the words that several documents repeat; each document weighs `SCALE`."""
    flat, parents = pc.list_flatten(words), np.asarray(pc.list_parent_indices(words)).astype(np.int64)
    rank = np.arange(len(parents)) - np.searchsorted(parents, parents)  # 0 for the most frequent word
    counted = pa.table({"word": flat}).group_by("word").aggregate([([], "count_all")])
    usual = counted.filter(pc.field("count_all") >= rule.least_documents)
    ordered = usual.sort_by([("count_all", "descending"), ("word", "ascending")]).slice(0, rule.words)
    vocabulary = ordered.column("word")
    at = pc.index_in(flat, vocabulary.combine_chunks())
    is_known = np.asarray(pc.is_valid(at))
    columns = np.asarray(at.drop_null()).astype(np.int64)
    found = ordered.column("count_all").to_numpy()
    rarity = np.round(np.log2(max(len(words), 1) / found + 1) * SCALE).astype(np.int64)
    rows, weights = parents[is_known], (8 - rank[is_known]) * rarity[columns]
    norms = np.zeros(len(words), np.int64)
    np.add.at(norms, rows, weights * weights)
    return rows, columns, weights * SCALE // np.maximum(_root(norms)[rows], 1), vocabulary.to_pylist()


def _root(numbers: Numbers) -> Numbers:
    return np.sqrt(numbers).astype(np.int64)


def _every(entries: Entries, n: int, sample: int) -> Entries:
    """The entries of at most `sample` documents: every k-th."""
    is_chosen = entries[0] % max(1, -(-n // sample)) == 0
    return entries[0][is_chosen], entries[1][is_chosen], entries[2][is_chosen]


def _fitted(entries: Entries, n_words: int, rule: Topics) -> Numbers:
    """Centres, one row a topic. Each begins with the word that weighs most in the documents that no topic has yet."""
    rows, columns, weights = entries
    ids, at = np.unique(rows, return_inverse=True)
    left = np.ones(len(ids), bool)
    chosen = np.full(len(ids), -1)
    for topic in range(rule.count):
        mass = np.zeros(n_words, np.int64)
        np.add.at(mass, columns[left[at]], weights[left[at]])
        if not mass.any():
            break
        has = np.unique(at[(columns == mass.argmax()) & left[at]])
        chosen[has], left[has] = topic, False
    local = (at.astype(np.int64), columns, weights)
    centres = _centres(local, chosen, n_words)
    for _ in range(ROUNDS):
        again = _nearest(local, len(ids), centres)
        if (again == chosen).all():
            break
        chosen, centres = again, _centres(local, again, n_words)
    return centres


def _centres(entries: Entries, chosen: Numbers, n_words: int) -> Numbers:
    rows, columns, weights = entries
    topic = chosen[rows]
    sums = np.zeros((int(chosen.max(initial=-1)) + 1, n_words), np.int64)
    np.add.at(sums, (topic[topic >= 0], columns[topic >= 0]), weights[topic >= 0])
    norms = _root((sums * sums).sum(axis=1))
    return sums * SCALE * SCALE // np.maximum(norms, 1)[:, None]


def _nearest(entries: Entries, n: int, centres: Numbers) -> Numbers:
    """The topic of each document whose centre is nearest by angle; -1 where none has a word of it."""
    rows, columns, weights = entries
    chosen = np.full(n, -1)
    for first in range(0, n, CHUNK):
        begin, end = np.searchsorted(rows, [first, first + CHUNK])
        scores = np.zeros((min(CHUNK, n - first), len(centres)), np.int64)
        np.add.at(scores, rows[begin:end] - first, centres[:, columns[begin:end]].T * weights[begin:end, None])
        is_some = scores.any(axis=1)
        chosen[first : first + len(scores)][is_some] = scores[is_some].argmax(axis=1)
    return chosen


def _heaviest(centre: Numbers) -> list[int]:
    order = np.argsort(-centre, kind="stable")[:NAMING_WORDS]
    return [int(i) for i in order if centre[i] > 0]
