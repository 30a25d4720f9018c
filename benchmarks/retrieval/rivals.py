# ruff: noqa: ANN001, ANN201, ANN202 - this file runs in another environment
"""The rivals' own packages, in an environment of their own; run by `systems.py`, never imported.

    rivals.py split langchain|llamaindex  <documents.json  >chunks.json
    rivals.py search langchain|llamaindex VECTORS.npz  <chunks.json  >hits.json

Vectors come from outside, so that all systems share one model and one machine. LangChain: RecursiveCharacterTextSplitter
1000/200 and FAISS; LlamaIndex: SentenceSplitter and VectorStoreIndex with their defaults (1024 tokens, overlap 200 unless
the package says otherwise), cosine.
"""

import json
import sys

import numpy as np


def split_langchain(documents):
    from langchain_core.documents import Document
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200, add_start_index=True)
    chunks = splitter.split_documents([Document(item["text"], metadata={"id": item["id"]}) for item in documents])
    return [
        {"document": chunk.metadata["id"], "text": chunk.page_content, "start": chunk.metadata["start_index"]}
        for chunk in chunks
    ]


def split_llamaindex(documents):
    from llama_index.core import Document
    from llama_index.core.node_parser import SentenceSplitter

    nodes = SentenceSplitter().get_nodes_from_documents([Document(text=d["text"], id_=d["id"]) for d in documents])
    return [{"document": node.ref_doc_id, "text": node.text, "start": node.start_char_idx or 0} for node in nodes]


def search_langchain(chunks, vectors, questions, k):
    from langchain_community.vectorstores import FAISS
    from langchain_core.embeddings import Embeddings

    class Known(Embeddings):
        def embed_documents(self, texts):
            raise NotImplementedError

        def embed_query(self, text):
            raise NotImplementedError

    pairs = [(str(number), vector.tolist()) for number, vector in enumerate(vectors)]
    store = FAISS.from_embeddings(pairs, Known())
    hits = []
    for question in questions:
        found = store.similarity_search_with_score_by_vector(question.tolist(), k=min(k, len(chunks)))
        hits.append([[int(document.page_content), -float(distance)] for document, distance in found])
    return hits


def search_llamaindex(chunks, vectors, questions, k):
    from llama_index.core import MockEmbedding, VectorStoreIndex
    from llama_index.core.schema import QueryBundle, TextNode

    nodes = [
        TextNode(text=chunk["text"], id_=str(number), embedding=vector.tolist())
        for number, (chunk, vector) in enumerate(zip(chunks, vectors, strict=True))
    ]
    index = VectorStoreIndex(nodes, embed_model=MockEmbedding(embed_dim=vectors.shape[1]))
    retriever = index.as_retriever(similarity_top_k=min(k, len(chunks)))
    hits = []
    for question in questions:
        found = retriever.retrieve(QueryBundle("question", embedding=question.tolist()))
        hits.append([[int(hit.node.node_id), float(hit.score or 0.0)] for hit in found])
    return hits


def main() -> None:
    task, system = sys.argv[1:3]
    given = json.load(sys.stdin)
    if task == "split":
        result = {"langchain": split_langchain, "llamaindex": split_llamaindex}[system](given)
    else:
        arrays = np.load(sys.argv[3])
        search = {"langchain": search_langchain, "llamaindex": search_llamaindex}[system]
        result = search(given, arrays["vectors"], arrays["questions"], int(sys.argv[4]))
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
