/* What the kernel reads and writes. Mirrored by kernel.py, field by field; docstrings about meaning stand there.
 *
 * Arrays of segments are mapped files that may be damaged, so every number that is read from one and used as an index is
 * checked first. Functions return one of `status` and never keep a pointer.
 */
#ifndef KVASIR_KERNEL_H
#define KVASIR_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

enum status { FINE = 0, DAMAGED = 1, NO_MEMORY = 2 };

/* `count` lists of places, one after another; list i is places[starts[i] .. starts[i + 1]], and values beside them. */
typedef struct {
    int64_t count, entries;
    const int64_t *starts;
    const int32_t *places;
    const void *values;
} lists;

/* One segment of an index, its first global row, word and document, and over live documents only what it holds. */
typedef struct {
    int64_t rows, words, documents, first_row, first_word, first_document;
    const uint64_t *term_hashes, *prefix_hashes, *gram_hashes, *word_hashes;
    lists term_rows, term_documents, term_words, prefix_rows, gram_words, row_words, row_prefixes, word_terms;
    const int64_t *live_term_rows, *live_term_documents, *live_prefix_rows, *live_gram_words, *live_word_rows;
} segment;

typedef struct {
    int64_t count;
    const segment *segments;
    int64_t rows, live_rows, live_documents;
    const uint64_t *keys;
    const int32_t *documents;
    const uint8_t *languages;
    const float *word_norms, *gram_norms, *prefix_norms, *document_norms;
    float saturation;
} corpus;

/* A question and, once resolved, its places in every segment ([segments][terms or grams], -1: absent) and its weights. */
typedef struct {
    int64_t words, terms, grams, pairs;
    const uint64_t *term_hashes, *gram_hashes;
    const int64_t *term_words, *gram_pairs;
    const uint8_t *content;
    const float *counts, *gram_counts;
    int64_t *term_places, *prefix_places, *gram_places;
    int64_t *word_rows, *prefix_rows;
    float *word_weights, *document_weights, *prefix_weights, *gram_weights;
} question;

typedef struct {
    int64_t words, grams, prefixes, depth, expansions, rare;
    float prefix_share, gram_share;
} budget;

/* Zeros before and after every call that succeeds: [rows], [rows], [words of all segments] twice, and a bit for
 * each of these words. */
typedef struct {
    double *estimates;
    int64_t *met;
    int32_t *slots;
    float *shares;
    uint8_t *seen;
} workspace;

int kvasir_resolve(const corpus *index, question *asked);
int kvasir_candidates(const corpus *index, const question *asked, const budget *allowance, const uint8_t *usable,
                      workspace *space, int64_t *rows, int64_t *found);
int kvasir_score(const corpus *index, const question *asked, const int64_t *rows, int64_t count, workspace *space,
                 float *scores);

/* Place of a hash in a sorted dictionary, -1 where absent. */
static inline int64_t place_of(const uint64_t *hashes, int64_t size, uint64_t wanted) {
    int64_t low = 0, high = size;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (hashes[middle] < wanted) low = middle + 1;
        else high = middle;
    }
    return low < size && hashes[low] == wanted ? low : -1;
}

/* Where list i begins and ends; false when that cannot be. */
static inline bool bounds(const lists *held, int64_t i, int64_t *start, int64_t *end) {
    if (i < 0 || i >= held->count) return false;
    *start = held->starts[i];
    *end = held->starts[i + 1];
    return *start >= 0 && *start <= *end && *end <= held->entries;
}

static inline bool within(int64_t number, int64_t size) { return number >= 0 && number < size; }

#endif
