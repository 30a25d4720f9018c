/* A question's place in every segment, and what its parts weigh over all live passages. */
#include "kernel.h"

#include <math.h>
#include <string.h>

/* Lucene's idf, which is never negative. */
static float weight(double held, double total, float times) {
    double frequency = held < total ? held : total;
    return (float)(log1p((total - frequency + 0.5) / (frequency + 0.5)) * times);
}

/* Rows that hold a gram, from the sum of its words' rows, as if words fell into rows independently. */
static double rows_with(double held, double total) { return total > 0 ? -total * expm1(-held / total) : held; }

int kvasir_resolve(const corpus *index, question *asked) {
    double in_documents[asked->words + 1], with_gram[asked->grams + 1];
    memset(in_documents, 0, sizeof in_documents);
    memset(with_gram, 0, sizeof with_gram);
    for (int64_t s = 0; s < index->count; s++) {
        const segment *one = &index->segments[s];
        for (int64_t t = 0; t < asked->terms; t++) {
            int64_t word = asked->term_words[t];
            int64_t place = place_of(one->term_hashes, one->term_rows.count, asked->term_hashes[t]);
            asked->term_places[s * asked->terms + t] = place;
            if (place >= 0) {
                asked->word_rows[word] += one->live_term_rows[place];
                in_documents[word] += (double)one->live_term_documents[place];
            }
            place = place_of(one->prefix_hashes, one->prefix_rows.count, asked->term_hashes[t]);
            asked->prefix_places[s * asked->terms + t] = place;
            if (place >= 0) asked->prefix_rows[word] += one->live_prefix_rows[place];
        }
        for (int64_t g = 0; g < asked->grams; g++) {
            int64_t place = place_of(one->gram_hashes, one->gram_words.count, asked->gram_hashes[g]);
            asked->gram_places[s * asked->grams + g] = place;
            if (place >= 0) with_gram[g] += (double)one->live_gram_words[place];
        }
    }
    double rows = (double)index->live_rows, documents = (double)index->live_documents;
    for (int64_t w = 0; w < asked->words; w++) {
        asked->word_weights[w] = weight((double)asked->word_rows[w], rows, asked->counts[w]);
        asked->document_weights[w] = weight(in_documents[w], documents, asked->counts[w]);
        asked->prefix_weights[w] = weight((double)asked->prefix_rows[w], rows, asked->counts[w]);
    }
    for (int64_t g = 0; g < asked->grams; g++)
        asked->gram_weights[g] = weight(rows_with(with_gram[g], rows), rows, asked->gram_counts[g]);
    return FINE;
}
