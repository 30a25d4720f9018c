/* Which rows are worth scoring in full: the highest estimates of the fused lexical score. See candidates.py. */
#include "kernel.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const corpus *index;
    const uint8_t *usable;
    double *estimates;
    int64_t *met, count;
} estimate;

/* A word of some vocabulary that stands in for rare words of the question. */
typedef struct {
    uint64_t hash;
    int64_t segment, word, rows;
    float share;
} stand_in;

static int by_hash(const void *left, const void *right) {
    const stand_in *a = left, *b = right;
    if (a->hash != b->hash) return a->hash < b->hash ? -1 : 1;
    return (a->share < b->share) - (a->share > b->share);
}

static int by_share(const void *left, const void *right) {
    const stand_in *a = left, *b = right;
    if (a->share != b->share) return a->share > b->share ? -1 : 1;
    return (a->hash > b->hash) - (a->hash < b->hash);
}

static int ascending(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static bool gain(estimate *to, int64_t row, float value) {
    if (to->usable && !to->usable[row]) return true;
    if (!(value > 0)) return false;
    if (to->estimates[row] == 0) to->met[to->count++] = row;
    to->estimates[row] += value;
    return true;
}

static bool add_words(estimate *to, const segment *one, int64_t place, float worth) {
    int64_t start, end;
    if (!bounds(&one->term_rows, place, &start, &end)) return false;
    const uint8_t *impacts = one->term_rows.values;
    worth /= 255;
    for (int64_t i = start; i < end; i++) {
        int64_t row = one->term_rows.places[i];
        if (!within(row, one->rows) || !gain(to, one->first_row + row, worth * impacts[i])) return false;
    }
    return true;
}

static bool add_prefixes(estimate *to, const segment *one, int64_t place, float worth) {
    int64_t start, end;
    if (!bounds(&one->prefix_rows, place, &start, &end)) return false;
    const uint8_t *counts = one->prefix_rows.values;
    for (int64_t i = start; i < end; i++) {
        int64_t row = one->prefix_rows.places[i];
        if (!within(row, one->rows)) return false;
        float norm = to->index->prefix_norms[one->first_row + row];
        if (!gain(to, one->first_row + row, worth * (counts[i] / (counts[i] + norm)))) return false;
    }
    return true;
}

/* One word of the question in all segments; `places` is [segments][terms]. */
static bool add_word(estimate *to, const question *asked, const int64_t *places, int64_t word, float worth,
                     bool (*add)(estimate *, const segment *, int64_t, float)) {
    if (!(worth > 0)) return true;
    for (int64_t s = 0; s < to->index->count; s++)
        for (int64_t t = 0; t < asked->terms; t++) {
            int64_t place = places[s * asked->terms + t];
            if (asked->term_words[t] == word && place >= 0 && !add(to, &to->index->segments[s], place, worth))
                return false;
        }
    return true;
}

static float sum(const float *values, int64_t count) {
    double total = 0;
    for (int64_t i = 0; i < count; i++) total += values[i];
    return total > 1e-9 ? (float)total : 1e-9f;
}

/* Words of content first, then the rarer ones; stable. */
static void reading_order(const question *asked, int64_t *order) {
    for (int64_t w = 0; w < asked->words; w++) {
        int64_t at = w;
        for (; at > 0; at--) {
            int64_t other = order[at - 1];
            bool before = asked->content[w] != asked->content[other] ? asked->content[w] > asked->content[other]
                                                                     : asked->word_rows[w] < asked->word_rows[other];
            if (!before) break;
            order[at] = other;
        }
        order[at] = w;
    }
}

/* How many words to read at first: those of content while they fit the budget, one at least. */
static int64_t affordable(const question *asked, const int64_t *order, int64_t limit) {
    int64_t fitting = 0, reached = 0;
    for (; fitting < asked->words && asked->content[order[fitting]]; fitting++) {
        reached += asked->word_rows[order[fitting]];
        if (reached > limit) break;
    }
    return fitting > 0 ? fitting : 1;
}

/* The rarest words of prefixes, while they fit. */
static bool read_prefixes(estimate *to, const question *asked, const budget *allowance) {
    int64_t reached = 0;
    bool read[asked->words + 1];
    memset(read, 0, sizeof read);
    float share = allowance->prefix_share / sum(asked->prefix_weights, asked->words);
    for (int64_t n = 0; n < asked->words; n++) {
        int64_t best = -1;
        for (int64_t w = 0; w < asked->words; w++)
            if (!read[w] && (best < 0 || asked->prefix_rows[w] < asked->prefix_rows[best])) best = w;
        reached += asked->prefix_rows[best];
        if (reached > allowance->prefixes) break;
        read[best] = true;
        if (!add_word(to, asked, asked->prefix_places, best, asked->prefix_weights[best] * share, add_prefixes))
            return false;
    }
    return true;
}

/* Adds up for each word of the vocabularies the weight of the rare words' grams that it contains; its rows go to `met`. */
static int share_grams(const corpus *index, const question *asked, const float *weights, workspace *space,
                       stand_in **all, int64_t *count) {
    int64_t room = 256;
    stand_in *found = malloc((size_t)room * sizeof *found);
    *count = 0;
    *all = found;
    for (int64_t s = 0; found && s < index->count; s++) {
        const segment *one = &index->segments[s];
        for (int64_t g = 0; g < asked->grams; g++) {
            int64_t place = asked->gram_places[s * asked->grams + g], start, end;
            if (place < 0 || weights[g] == 0) continue;
            if (!bounds(&one->gram_words, place, &start, &end)) return DAMAGED;
            for (int64_t i = start; i < end; i++) {
                int64_t word = one->gram_words.places[i];
                if (!within(word, one->words)) return DAMAGED;
                if (one->live_word_rows[word] == 0) continue;
                float *shared = &space->shares[one->first_word + word];
                if (*shared == 0) {
                    if (*count == room) {
                        stand_in *more = realloc(found, (size_t)(room *= 2) * sizeof *found);
                        if (!more) return NO_MEMORY;
                        *all = found = more;
                    }
                    found[(*count)++] = (stand_in){one->word_hashes[word], s, word, one->live_word_rows[word], 0};
                }
                *shared += weights[g];
            }
        }
    }
    for (int64_t i = 0; i < *count; i++) {
        float *shared = &space->shares[index->segments[found[i].segment].first_word + found[i].word];
        found[i].share = *shared;
        *shared = 0;
    }
    return found ? FINE : NO_MEMORY;
}

/* Keeps words that share enough, as often over all segments as the budget allows; returns how many words remain. */
static int64_t choose(stand_in *found, int64_t count, const budget *allowance) {
    float best = 0;
    for (int64_t i = 0; i < count; i++)
        if (found[i].share > best) best = found[i].share;
    int64_t near = 0;
    for (int64_t i = 0; i < count; i++)
        if (found[i].share > allowance->gram_share * best) found[near++] = found[i];
    qsort(found, (size_t)near, sizeof *found, by_hash);
    int64_t distinct = 0;
    for (int64_t i = 0; i < near; i++) {
        if (distinct && found[distinct - 1].hash == found[i].hash) found[distinct - 1].rows += found[i].rows;
        else found[distinct++] = found[i];
    }
    int64_t fitting = 0, reached = 0, kept = 0;
    for (int64_t i = 0; i < distinct; i++)
        if (found[i].rows <= allowance->grams) found[fitting++] = found[i];
    qsort(found, (size_t)fitting, sizeof *found, by_share);
    for (; kept < fitting && kept < allowance->expansions; kept++) {
        reached += found[kept].rows;
        if (reached > allowance->grams) break;
    }
    return kept;
}

/* The terms of the chosen words in all segments, sorted by hash, each once with the highest share among its words. */
static int terms_of(const corpus *index, const stand_in *chosen, int64_t count, stand_in **all, int64_t *found) {
    int64_t room = 0;
    *found = 0;
    for (int pass = 0; pass < 2; pass++) {
        if (pass && !(*all = malloc((size_t)(room + 1) * sizeof **all))) return NO_MEMORY;
        for (int64_t s = 0; s < index->count; s++) {
            const segment *one = &index->segments[s];
            for (int64_t i = 0; i < count; i++) {
                int64_t word = place_of(one->word_hashes, one->words, chosen[i].hash), start, end;
                if (word < 0 || one->live_word_rows[word] == 0) continue;
                if (!bounds(&one->word_terms, word, &start, &end)) return DAMAGED;
                if (!pass) room += end - start;
                for (int64_t j = start; pass && j < end; j++) {
                    int64_t term = one->word_terms.places[j];
                    if (!within(term, one->term_rows.count)) return DAMAGED;
                    (*all)[(*found)++] = (stand_in){one->term_hashes[term], s, term, 0, chosen[i].share};
                }
            }
        }
    }
    qsort(*all, (size_t)*found, sizeof **all, by_hash);
    int64_t distinct = 0;
    for (int64_t i = 0; i < *found; i++)
        if (!distinct || (*all)[distinct - 1].hash != (*all)[i].hash) (*all)[distinct++] = (*all)[i];
    *found = distinct;
    return FINE;
}

/* For words that hardly any passage holds, words that share much of their gram weight. */
static int expand(estimate *to, const question *asked, const budget *allowance, workspace *space) {
    float weights[asked->grams + 1];
    memset(weights, 0, sizeof weights);
    bool any = false;
    for (int64_t p = 0; p < asked->pairs; p++) {
        int64_t word = asked->gram_pairs[2 * p], gram = asked->gram_pairs[2 * p + 1];
        if (asked->word_rows[word] <= allowance->rare) {
            weights[gram] = asked->gram_weights[gram];
            any = true;
        }
    }
    if (!any) return FINE;
    stand_in *words = NULL, *terms = NULL;
    int64_t count = 0, found = 0;
    int state = share_grams(to->index, asked, weights, space, &words, &count);
    if (state == FINE) state = terms_of(to->index, words, choose(words, count, allowance), &terms, &found);
    float total = sum(asked->gram_weights, asked->grams);
    for (int64_t i = 0; state == FINE && i < found; i++)
        for (int64_t s = 0; s < to->index->count; s++) {
            const segment *one = &to->index->segments[s];
            int64_t place = place_of(one->term_hashes, one->term_rows.count, terms[i].hash);
            if (place >= 0 && !add_words(to, one, place, terms[i].share / total)) state = DAMAGED;
        }
    free(words);
    free(terms);
    return state;
}

/* Whether a row is a worse candidate than another: a lower estimate or, among equals, a larger key. */
static bool worse(const estimate *of, int64_t row, int64_t other) {
    double a = of->estimates[row], b = of->estimates[other];
    return a != b ? a < b : of->index->keys[row] > of->index->keys[other];
}

/* A heap whose root is the worst of the rows that are kept. */
static void sift(const estimate *of, int64_t *rows, int64_t size, int64_t at) {
    for (int64_t child; (child = 2 * at + 1) < size; at = child) {
        if (child + 1 < size && worse(of, rows[child + 1], rows[child])) child++;
        if (!worse(of, rows[child], rows[at])) return;
        int64_t row = rows[at];
        rows[at] = rows[child];
        rows[child] = row;
    }
}

static int64_t best_rows(const estimate *of, int64_t depth, int64_t *rows) {
    int64_t kept = of->count < depth ? of->count : depth;
    if (kept <= 0) return 0;
    memcpy(rows, of->met, (size_t)kept * sizeof *rows);
    for (int64_t at = kept / 2; at-- > 0;) sift(of, rows, kept, at);
    for (int64_t i = kept; i < of->count; i++)
        if (worse(of, rows[0], of->met[i])) {
            rows[0] = of->met[i];
            sift(of, rows, kept, 0);
        }
    qsort(rows, (size_t)kept, sizeof *rows, ascending);
    return kept;
}

/* `rows` has room for `allowance->depth`; they come sorted. `usable` is [rows], NULL when every row lives and is allowed. */
int kvasir_candidates(const corpus *index, const question *asked, const budget *allowance, const uint8_t *usable,
                      workspace *space, int64_t *rows, int64_t *found) {
    estimate to = {index, usable, space->estimates, space->met, 0};
    int64_t order[asked->words + 1], next = 0;
    float share = 1 / sum(asked->word_weights, asked->words);
    reading_order(asked, order);
    *found = 0;
    if (asked->words == 0) return FINE;
    for (int64_t first = affordable(asked, order, allowance->words); next < first; next++)
        if (!add_word(&to, asked, asked->term_places, order[next], asked->word_weights[order[next]] * share, add_words))
            return DAMAGED;
    if (!read_prefixes(&to, asked, allowance)) return DAMAGED;
    int state = expand(&to, asked, allowance, space);
    if (state != FINE) return state;
    for (; to.count < allowance->depth && next < asked->words; next++)
        if (!add_word(&to, asked, asked->term_places, order[next], asked->word_weights[order[next]] * share, add_words))
            return DAMAGED;
    *found = best_rows(&to, allowance->depth, rows);
    for (int64_t i = 0; i < to.count; i++) space->estimates[to.met[i]] = 0;
    return FINE;
}
