"""The public sets as documents, questions and what counts as right. Read-only, from the folder that KVASIR_DATA names."""

import csv
import io
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

LANGUAGES = ("en", "de", "ru", "ar", "zh")
CORPORA = ("chatlogs", "finance", "pubmed", "state_of_the_union", "wikitexts")


@dataclass(frozen=True)
class Document:
    """`tenant` is a collection of its own: questions of one never see another's documents."""

    key: str
    text: str
    title: str = ""
    tenant: str = ""


@dataclass(frozen=True)
class Passage:
    """`start` and `end` are code points of the document's text."""

    id: str
    document: str
    text: str
    prefix: str = ""
    start: int = 0
    end: int = 0
    tenant: str = ""


@dataclass(frozen=True)
class Question:
    """`relevant` holds passage ids; `ranges` character ranges of the one document of `tenant`; `figures` strings.

    `late`: the answer begins in the last third of its passage.
    """

    text: str
    relevant: frozenset[str] = frozenset()
    ranges: tuple[tuple[int, int], ...] = ()
    figures: tuple[str, ...] = ()
    tenant: str = ""
    late: bool = False


@dataclass(frozen=True)
class RankedSet:
    """A set whose passages are given; scored by rank."""

    name: str
    passages: list[Passage]
    questions: list[Question]
    metrics: tuple[str, ...] = ("ndcg@10",)


@dataclass(frozen=True)
class BudgetSet:
    """A set of whole documents; scored by what the first `budget` retrieved characters hold."""

    name: str
    documents: list[Document]
    questions: list[Question]
    budget: int = 4000
    metrics: tuple[str, ...] = field(default=("characters",))


def data() -> Path:
    place = os.environ.get("KVASIR_DATA")
    if not place or not Path(place).is_dir():
        raise SystemExit("KVASIR_DATA must name the folder of public sets (see benchmarks/README.md)")
    return Path(place)


def xquad(language: str) -> RankedSet:
    """A document is a paragraph: 240 of them, 1,190 questions, one right paragraph each."""
    articles = json.loads((data() / f"xquad/xquad.{language}.json").read_text("utf-8"))["data"]
    passages: list[Passage] = []
    questions: list[Question] = []
    for article in articles:
        for paragraph in article["paragraphs"]:
            key = f"p{len(passages)}"
            text = paragraph["context"]
            passages.append(Passage(key, key, text, end=len(text)))
            questions.extend(
                Question(qa["question"], frozenset({key}), late=qa["answers"][0]["answer_start"] >= 2 * len(text) / 3)
                for qa in paragraph["qas"]
            )
    return RankedSet(f"xquad-{language}", passages, questions, ("ndcg@10", "recall@5"))


def product_docs() -> RankedSet:
    """A document is a page, a passage one of its sections: 232 sections of 45 pages, 100 questions."""
    sections = json.loads((data() / "product-docs/docs.json").read_text("utf-8"))
    asked = json.loads((data() / "product-docs/questions.json").read_text("utf-8"))
    passages: list[Passage] = []
    for section in sections:
        page = section["chunk_link"].split("#")[0]
        title = urlsplit(page).path.rsplit("/", 1)[-1].replace("-", " ")
        prefix = f"{title}\n{section['chunk_heading']}"
        passages.append(Passage(section["chunk_link"], page, section["text"], prefix, end=len(section["text"])))
    questions = [Question(item["question"], frozenset(item["correct_chunks"])) for item in asked]
    return RankedSet("product-docs", passages, questions, ("recall@5", "ndcg@10"))


def chunking() -> BudgetSet:
    """Five corpora, each a tenant with one document; 472 questions with character ranges."""
    documents = [
        Document(name, (data() / f"chunking/corpora/{name}.md").read_text("utf-8"), name, name) for name in CORPORA
    ]
    questions: list[Question] = []
    with (data() / "chunking/questions.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            ranges = tuple((item["start_index"], item["end_index"]) for item in json.loads(row["references"]))
            questions.append(Question(row["question"], ranges=ranges, tenant=row["corpus_id"]))
    return BudgetSet("chunking", documents, questions)


def pdf_text(path: Path) -> str:
    """Pages joined by a blank line, as pypdfium2 reads them (the rough version; parsing has its own benchmark)."""
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    try:
        pages = (page.get_textpage().get_text_bounded() for page in document)
        return "\n\n".join(page.replace("\r\n", "\n") for page in pages)
    finally:
        document.close()


def filings() -> BudgetSet:
    """Three quarterly reports in one collection; `figures.json` beside this module was written by hand."""
    documents = [
        Document(path.stem, pdf_text(path), path.stem, "filings") for path in sorted((data() / "filings").glob("*.pdf"))
    ]
    listed = json.loads((Path(__file__).parent / "figures.json").read_text("utf-8"))
    text = (data() / "filings/questions.csv").read_text("utf-8-sig")
    asked = [row["Question"] for row in csv.DictReader(io.StringIO(text))]
    questions = [Question(asked[item["question"]], figures=tuple(item["figures"]), tenant="filings") for item in listed]
    return BudgetSet("filings", documents, questions, metrics=("figures",))
