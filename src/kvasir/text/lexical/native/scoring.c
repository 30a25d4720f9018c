/* Every leg for given rows, exactly: BM25 over words, grams, prefix and parent document, and coverage. See scoring.py. */
#include "kernel.h"

#include <stdlib.h>
#include <string.h>

enum { LEGS = 5, SEEN = 1, FIRST_MATCH = 2 };

/* What a word holds of the question: one of its words or grams, in some languages; `next` leads to more of the same word. */
typedef struct {
    uint64_t languages;
    int32_t column, next;
} match;

typedef struct {
    match *held;
    int64_t count, room;
} matches;

typedef struct {
    int64_t place, column;
} wanted;

static int by_place(const void *left, const void *right) {
    const wanted *a = left, *b = right;
    if (a->place != b->place) return a->place < b->place ? -1 : 1;
    return (a->column > b->column) - (a->column < b->column);
}

/* Few words of a vocabulary stand in the rows: their bits fit into the nearest cache, which their slots do not. */
static bool is_seen(const workspace *space, int64_t word) { return space->seen[word >> 3] >> (word & 7) & 1; }

/* A match of a word that was seen; `slot` is the word's. */
static int note(matches *all, int32_t *slot, int32_t column, uint64_t languages) {
    if (all->count == all->room) {
        int64_t room = all->room ? 2 * all->room : 1024;
        match *more = room <= INT32_MAX / 2 ? realloc(all->held, (size_t)room * sizeof *more) : NULL;
        if (!more) return NO_MEMORY;
        all->held = more;
        all->room = room;
    }
    all->held[all->count] = (match){languages, column, *slot};
    *slot = (int32_t)(all->count++ + FIRST_MATCH);
    return FINE;
}

/* Words of the rows that hold the question's words by their stem, or its grams. */
static int find_matches(const segment *one, const question *asked, int64_t number, workspace *space, matches *all) {
    int state = FINE;
    int64_t start, end;
    const uint64_t *languages = one->term_words.values;
    for (int64_t t = 0; t < asked->terms; t++) {
        int64_t place = asked->term_places[number * asked->terms + t];
        if (place < 0) continue;
        if (!bounds(&one->term_words, place, &start, &end)) return DAMAGED;
        for (int64_t i = start; i < end && state == FINE; i++) {
            int64_t word = one->term_words.places[i];
            if (!within(word, one->words)) return DAMAGED;
            word += one->first_word;
            if (is_seen(space, word)) state = note(all, &space->slots[word], (int32_t)asked->term_words[t], languages[i]);
        }
    }
    for (int64_t g = 0; g < asked->grams; g++) {
        int64_t place = asked->gram_places[number * asked->grams + g];
        if (place < 0) continue;
        if (!bounds(&one->gram_words, place, &start, &end)) return DAMAGED;
        for (int64_t i = start; i < end && state == FINE; i++) {
            int64_t word = one->gram_words.places[i];
            if (!within(word, one->words)) return DAMAGED;
            word += one->first_word;
            if (is_seen(space, word)) state = note(all, &space->slots[word], (int32_t)(asked->words + g), UINT64_MAX);
        }
    }
    return state;
}

static bool mark_words(const segment *one, int64_t row, workspace *space) {
    int64_t start, end;
    if (!bounds(&one->row_words, row, &start, &end)) return false;
    for (int64_t i = start; i < end; i++) {
        int64_t word = one->row_words.places[i];
        if (!within(word, one->words)) return false;
        word += one->first_word;
        space->slots[word] = SEEN;
        space->seen[word >> 3] |= (uint8_t)(1 << (word & 7));
    }
    return true;
}

/* The inverse, of a row whose words were all within bounds. */
static void clear_words(const segment *one, int64_t row, workspace *space) {
    for (int64_t i = one->row_words.starts[row]; i < one->row_words.starts[row + 1]; i++) {
        int64_t word = one->first_word + one->row_words.places[i];
        space->slots[word] = 0;
        space->seen[word >> 3] = 0;
    }
}

/* How often a row holds each word and gram of the question; its words were marked before, so bounds are known to hold. */
static void count_matches(const segment *one, int64_t row, uint64_t language, const int32_t *slots, const match *held,
                          int64_t *cells) {
    const uint8_t *counts = one->row_words.values;
    for (int64_t i = one->row_words.starts[row]; i < one->row_words.starts[row + 1]; i++) {
        int32_t next = slots[one->first_word + one->row_words.places[i]];
        while (next >= FIRST_MATCH) {
            const match *found = &held[next - FIRST_MATCH];
            if (found->languages >> language & 1) cells[found->column] += counts[i];
            next = found->next;
        }
    }
}

static int64_t wanted_prefixes(const question *asked, int64_t number, wanted *found) {
    int64_t count = 0;
    for (int64_t t = 0; t < asked->terms; t++) {
        int64_t place = asked->prefix_places[number * asked->terms + t];
        if (place >= 0) found[count++] = (wanted){place, asked->term_words[t]};
    }
    qsort(found, (size_t)count, sizeof *found, by_place);
    return count;
}

static bool count_prefixes(const segment *one, int64_t row, const wanted *of, int64_t size, int64_t *cells) {
    int64_t start, end;
    if (!bounds(&one->row_prefixes, row, &start, &end)) return false;
    const uint8_t *counts = one->row_prefixes.values;
    for (int64_t i = start; i < end; i++) {
        int64_t term = one->row_prefixes.places[i], low = 0, high = size;
        while (low < high) {
            int64_t middle = low + (high - low) / 2;
            if (of[middle].place < term) low = middle + 1;
            else high = middle;
        }
        for (; low < size && of[low].place == term; low++) cells[of[low].column] += counts[i];
    }
    return true;
}

/* How often a document holds each of the question's words of content. */
static bool count_document(const segment *one, const question *asked, int64_t number, int64_t document, int64_t *cells) {
    const uint16_t *counts = one->term_documents.values;
    for (int64_t t = 0; t < asked->terms; t++) {
        int64_t place = asked->term_places[number * asked->terms + t], low, high, end;
        if (place < 0 || !asked->content[asked->term_words[t]]) continue;
        if (!bounds(&one->term_documents, place, &low, &end)) return false;
        for (high = end; low < high;) {
            int64_t middle = low + (high - low) / 2;
            if (one->term_documents.places[middle] < document) low = middle + 1;
            else high = middle;
        }
        if (low < end && one->term_documents.places[low] == document) cells[asked->term_words[t]] += counts[low];
    }
    return true;
}

static float bm25(const int64_t *cells, const float *weights, int64_t count, float norm, float saturation) {
    double total = 0;
    for (int64_t i = 0; i < count; i++)
        if (cells[i]) total += (double)weights[i] * ((double)cells[i] / ((double)cells[i] + norm));
    return (float)(total * saturation);
}

static float coverage(const int64_t *in_text, const int64_t *in_prefix, const question *asked) {
    double held = 0, total = 0;
    for (int64_t w = 0; w < asked->words; w++) {
        total += asked->word_weights[w];
        if (in_text[w] || in_prefix[w]) held += asked->word_weights[w];
    }
    return (float)(total > 0 ? held / total : 0);
}

static int64_t segment_of(const corpus *index, int64_t row, int64_t after) {
    while (row >= index->segments[after].first_row + index->segments[after].rows) after++;
    return after;
}

static int mark_and_match(const corpus *index, const question *asked, const int64_t *rows, int64_t count, workspace *space,
                          matches *all) {
    for (int64_t i = 0, s = 0; i < count;) {
        s = segment_of(index, rows[i], s);
        const segment *one = &index->segments[s];
        for (; i < count && rows[i] < one->first_row + one->rows; i++)
            if (!mark_words(one, rows[i] - one->first_row, space)) return DAMAGED;
        int state = find_matches(one, asked, s, space, all);
        if (state != FINE) return state;
    }
    return FINE;
}

/* `rows` are sorted and within the index; `scores` is [legs][count]: words, grams, prefix, document, coverage. */
int kvasir_score(const corpus *index, const question *asked, const int64_t *rows, int64_t count, workspace *space,
                 float *scores) {
    matches all = {NULL, 0, 0};
    int64_t words = asked->words, width = words + asked->grams, size = 0, number = -1, document = -1;
    int64_t *cells = malloc((size_t)(width + words + 1) * sizeof *cells), *in_prefix = cells + width;
    wanted *prefixes = malloc((size_t)(asked->terms + 1) * sizeof *prefixes);
    float of_document = 0;
    int state = cells && prefixes ? mark_and_match(index, asked, rows, count, space, &all) : NO_MEMORY;
    for (int64_t i = 0, s = 0; i < count && state == FINE; i++) {
        int64_t global = rows[i];
        s = segment_of(index, global, s);
        const segment *one = &index->segments[s];
        if (s != number) size = wanted_prefixes(asked, number = s, prefixes);
        if (index->documents[global] != document) {
            document = index->documents[global];
            memset(cells, 0, (size_t)words * sizeof *cells);
            if (!count_document(one, asked, s, document - one->first_document, cells)) state = DAMAGED;
            float norm = index->document_norms[document];
            of_document = bm25(cells, asked->document_weights, words, norm, index->saturation);
        }
        memset(cells, 0, (size_t)(width + words) * sizeof *cells);
        count_matches(one, global - one->first_row, index->languages[global], space->slots, all.held, cells);
        if (!count_prefixes(one, global - one->first_row, prefixes, size, in_prefix)) state = DAMAGED;
        scores[i] = bm25(cells, asked->word_weights, words, index->word_norms[global], index->saturation);
        scores[count + i] = bm25(cells + words, asked->gram_weights, asked->grams, index->gram_norms[global], index->saturation);
        scores[2 * count + i] = bm25(in_prefix, asked->prefix_weights, words, index->prefix_norms[global], index->saturation);
        scores[3 * count + i] = of_document;
        scores[4 * count + i] = coverage(cells, in_prefix, asked);
    }
    for (int64_t i = 0, s = 0; i < count && state == FINE; i++) {
        s = segment_of(index, rows[i], s);
        clear_words(&index->segments[s], rows[i] - index->segments[s].first_row, space);
    }
    free(all.held);
    free(prefixes);
    free(cells);
    return state;
}
