/* The posterior.
 *
 * ln P(d | case) = ln P(d) + ln Σ modes share · exp(Σ findings factor · ln P(finding | mode)), normalised
 * over the diagnoses and "none of these". The factor tempers what goes together beyond the modes: aspects of
 * one sign, and signs of one bundle, are neither independent (t = 0) nor one and the same (t = 1). Each is
 * multiplied by m^(−t), where m is how many of them speak: (Σ s)² / Σ s², s being how much each tells the
 * diagnoses apart, so that one that says nothing does not weaken one that does. */
#include "infer/infer.h"

#include "base/memory.h"
#include "base/random.h"
#include "infer/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The findings of a sign and how much each tells apart; false if none is known. */
static bool collect_sign(Posterior *p, Model *m, size_t sign_index, SignEvidence *out)
{
    size_t diagnoses = m->hypothesis_count - 1;
    *out = (SignEvidence){.sign = vocabulary_sign(knowledge_vocabulary(p->knowledge), sign_index),
                          .bundle_factor = 1};
    for (size_t i = 0; i < m->known_count; i++) {
        out->finding_count += m->known[i].evidence.finding->sign == sign_index;
    }
    if (out->finding_count == 0) {
        return false;
    }
    out->findings = arena_array(p->arena, out->finding_count, sizeof *out->findings);
    out->spread = arena_array(p->arena, out->finding_count, sizeof *out->spread);
    out->spread_squares = arena_array(p->arena, out->finding_count, sizeof *out->spread_squares);
    out->log_likelihood = arena_array(p->arena, out->finding_count * p->hypothesis_count, sizeof(double));
    size_t at = 0;
    for (size_t i = 0; i < m->known_count; i++) {
        const Known *known = &m->known[i];
        if (known->evidence.finding->sign != sign_index) {
            continue;
        }
        for (size_t a = 0; a < known->aspect_count; a++) {
            double spread = model_spread(known->log_aspects + a * diagnoses, diagnoses);
            out->spread[at] += spread;
            out->spread_squares[at] += spread * spread;
        }
        m->known[i].said = out->log_likelihood + at * p->hypothesis_count;
        out->findings[at++] = known->evidence.finding;
    }
    return true;
}

/* How much a whole sign tells the diagnoses apart, tempered inside. */
static double sign_spread(const Posterior *p, const Model *m, const SignEvidence *sign)
{
    size_t diagnoses = m->hypothesis_count - 1;
    double *said = arena_array(p->arena, diagnoses, sizeof *said);
    for (size_t i = 0; i < m->known_count; i++) {
        const Known *known = &m->known[i];
        for (size_t a = 0; a < known->aspect_count && known->evidence.finding->sign == sign->sign->index;
             a++) {
            for (size_t d = 0; d < diagnoses; d++) {
                said[d] += sign->factor * known->log_aspects[a * diagnoses + d];
            }
        }
    }
    return model_spread(said, diagnoses);
}

static void temper_bundle(Posterior *p, const Model *m, size_t bundle)
{
    double sum = 0, squares = 0;
    for (size_t s = 0; s < p->sign_count; s++) {
        if (knowledge_bundle_of(p->knowledge, p->signs[s].sign->index) == (int)bundle) {
            double spread = sign_spread(p, m, &p->signs[s]);
            sum += spread;
            squares += spread * spread;
        }
    }
    double factor = model_tempering(sum, squares, knowledge_scales(p->knowledge)->bundle_tempering);
    for (size_t s = 0; s < p->sign_count; s++) {
        if (knowledge_bundle_of(p->knowledge, p->signs[s].sign->index) == (int)bundle) {
            p->signs[s].bundle_factor = factor;
            p->signs[s].factor *= factor;
        }
    }
}

/* The signs with their factors, and the factors of the findings. */
static void temper(Posterior *p, Model *m)
{
    size_t signs = vocabulary_sign_count(knowledge_vocabulary(p->knowledge));
    for (size_t i = 0; i < signs; i++) {
        SignEvidence *sign = &p->signs[p->sign_count];
        if (collect_sign(p, m, i, sign)) {
            sign->factor = sign_factor(sign, ~UINT64_C(0), knowledge_scales(p->knowledge)->sign_tempering);
            p->sign_count++;
        }
    }
    for (size_t b = 0; b < knowledge_bundle_count(p->knowledge); b++) {
        temper_bundle(p, m, b);
    }
    for (size_t i = 0; i < m->known_count; i++) {
        for (size_t s = 0; s < p->sign_count; s++) {
            if (p->signs[s].sign->index == m->known[i].evidence.finding->sign) {
                m->known[i].factor = p->signs[s].factor;
            }
        }
    }
}

/* What each finding says of a hypothesis over its modes, so that the findings add up to its likelihood. */
static void share_out(Posterior *p, const Model *m, size_t h, const double *sums)
{
    double parts[STATES_MAX * VOCABULARY_MAX_VALUES], sum = 0, size = 0;
    model_parts(m, h, sums, parts);
    for (size_t pass = 0; pass < 2; pass++) {
        /* the quadrature leaves a little; it is shared in proportion in the second pass */
        double scale = size > 0 ? (p->log_likelihood[h] - sum) / size : 0;
        for (size_t i = 0; i < m->known_count; i++) {
            const Known *known = &m->known[i];
            double *said = &known->said[h];
            if (pass == 1) {
                *said += scale * fabs(*said);
                continue;
            }
            for (size_t k = m->first[h]; k < m->first[h + 1]; k++) {
                *said += parts[k - m->first[h]] * known->log_modes[k];
            }
            sum += known->factor * *said;
            size += known->factor * fabs(*said);
        }
    }
}

/* The component that is most probable in this case. */
static void name_component(Posterior *p, const Model *m, size_t h, const double *sums)
{
    size_t components = model_components(m->knowledge, h), states = m->states.count;
    double best = -INFINITY;
    for (size_t c = 0; c < components && components > 1; c++) {
        double sum = 0;
        for (size_t s = 0; s < states; s++) {
            size_t mode = m->first[h] + c * states + s;
            sum += exp(m->modes[mode].log_share + sums[mode] - p->log_likelihood[h]);
        }
        if (sum > best) {
            best = sum;
            p->component[h] = (int)c;
            p->component_probability[h] = sum;
        }
    }
}

static void fill_likelihoods(Posterior *p, Model *m)
{
    for (size_t i = 0; i < m->known_count; i++) {
        for (size_t k = 0; k < m->mode_count; k++) {
            m->sums[k] += m->known[i].factor * m->known[i].log_modes[k];
        }
    }
    for (size_t h = 0; h < p->hypothesis_count; h++) {
        p->log_likelihood[h] = model_mix(m, h, m->sums);
        share_out(p, m, h, m->sums);
        name_component(p, m, h, m->sums);
    }
}

/* Adds ln P of the leaves below a node; with `random`, from a draw of each node's Dirichlet. */
static void prior_descend(const PriorNode *node, double log_p, Random *random, double *out)
{
    if (node->diagnosis >= 0) {
        out[node->diagnosis] = log_p;
        return;
    }
    double *share = memory_array(node->child_count, sizeof *share);
    if (random) {
        random_dirichlet(random, node->alpha, node->child_count, share);
    } else {
        double sum = 0;
        for (size_t i = 0; i < node->child_count; i++) {
            sum += node->alpha[i];
        }
        for (size_t i = 0; i < node->child_count; i++) {
            share[i] = node->alpha[i] / sum;
        }
    }
    for (size_t i = 0; i < node->child_count; i++) {
        prior_descend(&node->children[i], log_p + log(fmax(share[i], 1e-12)), random, out);
    }
    free(share);
}

void prior_logs(const Posterior *p, Random *random, double *out)
{
    size_t none = p->hypothesis_count - 1;
    for (size_t d = 0; d < none; d++) {
        out[d] = -INFINITY;
    }
    prior_descend(p->prior->root, log(1 - p->prior->none_of_these), random, out);
    out[none] = log(p->prior->none_of_these);
    for (size_t h = 0; h < p->hypothesis_count; h++) {
        if (!p->considered[h]) {
            out[h] = -INFINITY;
        }
    }
}

double normalise_logs(const double *log_prior, const double *log_likelihood, size_t count, double *out)
{
    double largest = -INFINITY;
    for (size_t h = 0; h < count; h++) {
        largest = fmax(largest, log_prior[h] + log_likelihood[h]);
    }
    double sum = 0;
    for (size_t h = 0; h < count; h++) {
        out[h] = exp(log_prior[h] + log_likelihood[h] - largest);
        sum += out[h];
    }
    for (size_t h = 0; h < count; h++) {
        out[h] /= sum;
    }
    return largest + log(sum);
}

static void sort_order(Posterior *p)
{
    for (size_t i = 0; i < p->hypothesis_count; i++) {
        size_t at = i;
        while (at > 0 && p->probability[p->order[at - 1]] < p->probability[i]) {
            p->order[at] = p->order[at - 1];
            at--;
        }
        p->order[at] = i;
    }
}

static Posterior *posterior_new(const Knowledge *knowledge, const InferOptions *options)
{
    Arena *arena = arena_new();
    Posterior *p = arena_alloc(arena, sizeof *p);
    size_t count = knowledge_diagnosis_count(knowledge) + 1;
    *p = (Posterior){
        .arena = arena, .knowledge = knowledge, .prior = options->prior, .hypothesis_count = count};
    p->log_prior = arena_array(arena, count, sizeof *p->log_prior);
    p->log_likelihood = arena_array(arena, count, sizeof *p->log_likelihood);
    p->probability = arena_array(arena, count, sizeof *p->probability);
    p->low = arena_array(arena, count, sizeof *p->low);
    p->high = arena_array(arena, count, sizeof *p->high);
    p->order = arena_array(arena, count, sizeof *p->order);
    p->component = arena_array(arena, count, sizeof *p->component);
    p->component_probability = arena_array(arena, count, sizeof *p->component_probability);
    p->considered = arena_array(arena, count, sizeof *p->considered);
    p->signs =
        arena_array(arena, vocabulary_sign_count(knowledge_vocabulary(knowledge)) + 1, sizeof *p->signs);
    for (size_t h = 0; h < count; h++) {
        bool known = h + 1 == count || knowledge_diagnosis(knowledge, h)->known;
        p->considered[h] = known && (h + 1 == count || !options->among || options->among[h]);
        p->component[h] = -1;
    }
    return p;
}

Posterior *infer_posterior(const Knowledge *knowledge, const Case *c, const InferOptions *options)
{
    Posterior *p = posterior_new(knowledge, options);
    Model *model = arena_alloc(p->arena, sizeof *model);
    model_build(model, knowledge, c, options, p->arena);
    p->model = model;
    temper(p, model);
    fill_likelihoods(p, model);
    prior_logs(p, NULL, p->log_prior);
    for (size_t d = 0; d + 1 < p->hypothesis_count; d++) {
        p->considered[d] = p->considered[d] && isfinite(p->log_prior[d]);
    }
    (void)normalise_logs(p->log_prior, p->log_likelihood, p->hypothesis_count, p->probability);
    memcpy(p->low, p->probability, p->hypothesis_count * sizeof *p->low);
    memcpy(p->high, p->probability, p->hypothesis_count * sizeof *p->high);
    if (!options->without_intervals) {
        intervals_fill(p, model);
    }
    sort_order(p);
    return p;
}

void posterior_free(Posterior *posterior)
{
    if (posterior) {
        arena_free(posterior->arena);
    }
}
