/* The expected gain of an examination.
 *
 * For every hypothesis a number of outcomes in proportion to its probability is drawn: which of the findings
 * that are still unknown get stated, and how they turn out if the hypothesis is true. An aspect of a sign of
 * which another one is known already is implied by that one with probability t (the exponent of the
 * tempering), and then tells nothing new: halfway between independent and one and the same. Each outcome goes
 * through the inference as the case itself did: summed over the sign together with what is known of it, and
 * tempered anew. The gain is Σ P(h) E[log P(h | outcome) / P(h)], which no overconfidence can raise, and what
 * it does to the choice of an action, judged by the hypothesis that was drawn. Draws are keyed by aspect,
 * hypothesis and number, so two examinations that show the same finding see it turn out the same way. */
#include "infer/next.h"

#include "infer/aspects.h"

#include <math.h>
#include <string.h>

/* Hypotheses of less than this are not drawn: what is left out is less than the noise of the draws. */
static const double least_drawn = 0.002;

/* What one outcome of an aspect says. */
typedef struct {
    bool silent;
    double *row;   /* ln P(outcome | hypothesis) */
    double spread; /* its standard deviation over the diagnoses */
} Said;

typedef struct {
    Aspect aspect;
    uint64_t examinations;
    uint64_t key;
    Said *said; /* one for each outcome */
} Unknown;

/* A sign as far as it is known. */
typedef struct {
    bool known;
    double spread, squares, factor;
    double *row; /* untempered sum over its known findings */
} SignBase;

/* A sign while an outcome is looked at. */
typedef struct {
    bool touched;
    double spread, squares;
    double *row;
} SignDraw;

struct NextBase {
    const Posterior *posterior;
    const ActionTable *actions;
    size_t hypothesis_count, sign_count, samples, unknown_count;
    double exponent;
    Unknown *unknown; /* by index of the finding */
    SignBase *signs;
    SignDraw *draws;
    size_t *touched;       /* signs of the outcome that is looked at */
    double *total, *after; /* one for each hypothesis */
    const double *stated;
};

/* ---- preparing ---- */

static uint64_t examinations_of(const Knowledge *knowledge, const Finding *finding)
{
    uint64_t mask = 0;
    for (size_t i = 0; finding->examinations[i]; i++) {
        int index = vocabulary_find_examination(knowledge_vocabulary(knowledge), finding->examinations[i]);
        mask |= index >= 0 ? UINT64_C(1) << index : 0;
    }
    return mask;
}

static double spread_of(const double *row, size_t count)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        sum += row[i];
        squares += row[i] * row[i];
    }
    double mean = sum / (double)count;
    return sqrt(fmax(squares / (double)count - mean * mean, 0));
}

static void fill_said(const NextBase *b, Unknown *unknown, Arena *arena)
{
    const Aspect *aspect = &unknown->aspect;
    size_t none = b->hypothesis_count - 1;
    unknown->said = arena_array(arena, aspect->outcome_count, sizeof *unknown->said);
    for (size_t o = 0; o < aspect->outcome_count; o++) {
        Evidence evidence;
        Said *said = &unknown->said[o];
        said->silent = !aspect_evidence(aspect, o, arena, &evidence);
        if (said->silent) {
            continue;
        }
        said->row = arena_array(arena, b->hypothesis_count, sizeof *said->row);
        double p[2 * VOCABULARY_MAX_VALUES] = {0};
        for (size_t h = 0; h <= none; h++) {
            /* the outcome's evidence looks only at the components of the aspect */
            size_t start = aspect->member < 0 ? 0 : 2 * (size_t)aspect->member;
            memcpy(p + start, aspect->chance + h * aspect->outcome_count, aspect->outcome_count * sizeof *p);
            said->row[h] = evidence_aspect_log_likelihood(&evidence, 0, p);
        }
        said->spread = spread_of(said->row, none);
    }
}

static void collect_unknown(NextBase *b, const Case *c, Arena *arena)
{
    const Knowledge *knowledge = b->posterior->knowledge;
    const Vocabulary *vocabulary = knowledge_vocabulary(knowledge);
    size_t room = 0;
    for (size_t i = 0; i < vocabulary_count(vocabulary); i++) {
        const Finding *f = vocabulary_finding(vocabulary, i);
        room += f->kind == FINDING_SET ? f->value_count : 1;
    }
    b->unknown = arena_array(arena, room, sizeof *b->unknown);
    for (size_t i = 0; i < vocabulary_count(vocabulary); i++) {
        const Finding *f = vocabulary_finding(vocabulary, i);
        uint64_t examinations = examinations_of(knowledge, f);
        Aspect aspects[VOCABULARY_MAX_VALUES];
        size_t count = examinations && !case_find(c, f->id) ? aspects_of(knowledge, f, arena, aspects) : 0;
        for (size_t a = 0; a < count; a++) {
            Unknown *unknown = &b->unknown[b->unknown_count++];
            *unknown = (Unknown){
                .aspect = aspects[a], .examinations = examinations, .key = random_mix(random_key(f->id), a)};
            fill_said(b, unknown, arena);
        }
    }
}

static void collect_signs(NextBase *b, Arena *arena)
{
    const Posterior *p = b->posterior;
    for (size_t s = 0; s < b->sign_count; s++) {
        b->signs[s].row = arena_array(arena, b->hypothesis_count, sizeof(double));
        b->draws[s].row = arena_array(arena, b->hypothesis_count, sizeof(double));
        b->signs[s].factor = 1;
    }
    for (size_t i = 0; i < p->sign_count; i++) {
        const SignEvidence *evidence = &p->signs[i];
        SignBase *sign = &b->signs[evidence->sign->index];
        sign->known = true;
        sign->factor = evidence->factor;
        for (size_t n = 0; n < evidence->finding_count; n++) {
            sign->spread += evidence->spread[n];
            sign->squares += evidence->spread_squares[n];
            for (size_t h = 0; h < b->hypothesis_count; h++) {
                sign->row[h] += evidence->log_likelihood[n * b->hypothesis_count + h];
            }
        }
    }
}

const NextBase *next_prepare(const Posterior *posterior, const Case *c, const double *stated,
                             const ActionTable *actions, size_t samples, Arena *arena)
{
    NextBase *b = arena_alloc(arena, sizeof *b);
    const Knowledge *knowledge = posterior->knowledge;
    size_t signs = vocabulary_sign_count(knowledge_vocabulary(knowledge));
    *b = (NextBase){.posterior = posterior,
                    .actions = actions,
                    .hypothesis_count = posterior->hypothesis_count,
                    .sign_count = signs,
                    .samples = samples,
                    .exponent = knowledge_scales(knowledge)->sign_tempering,
                    .signs = arena_array(arena, signs, sizeof(SignBase)),
                    .draws = arena_array(arena, signs, sizeof(SignDraw)),
                    .touched = arena_array(arena, signs, sizeof(size_t)),
                    .total = arena_array(arena, posterior->hypothesis_count, sizeof(double)),
                    .after = arena_array(arena, posterior->hypothesis_count, sizeof(double)),
                    .stated = stated};
    collect_signs(b, arena);
    collect_unknown(b, c, arena);
    return b;
}

/* ---- one outcome ---- */

static void outcome_begin(const NextBase *b, size_t *touched_count)
{
    for (size_t i = 0; i < *touched_count; i++) {
        b->draws[b->touched[i]].touched = false;
    }
    *touched_count = 0;
}

static void outcome_add(const NextBase *b, const Unknown *unknown, const Said *said, size_t *touched_count)
{
    size_t sign = unknown->aspect.finding->sign;
    SignDraw *draw = &b->draws[sign];
    if (!draw->touched) {
        draw->touched = true;
        draw->spread = b->signs[sign].spread;
        draw->squares = b->signs[sign].squares;
        memcpy(draw->row, b->signs[sign].row, b->hypothesis_count * sizeof *draw->row);
        b->touched[(*touched_count)++] = sign;
    }
    draw->spread += said->spread;
    draw->squares += said->spread * said->spread;
    for (size_t h = 0; h < b->hypothesis_count; h++) {
        draw->row[h] += said->row[h];
    }
}

static double tempering(const NextBase *b, double spread, double squares)
{
    return squares > 0 ? pow(spread * spread / squares, -b->exponent) : 1;
}

/* The posterior after the outcome, into `out`. */
static void outcome_posterior(const NextBase *b, size_t touched_count, double *out)
{
    const Posterior *p = b->posterior;
    double largest = -INFINITY, sum = 0;
    for (size_t h = 0; h < b->hypothesis_count; h++) {
        out[h] = p->log_prior[h] + p->log_likelihood[h];
    }
    for (size_t i = 0; i < touched_count; i++) {
        const SignBase *sign = &b->signs[b->touched[i]];
        const SignDraw *draw = &b->draws[b->touched[i]];
        double factor = tempering(b, draw->spread, draw->squares);
        for (size_t h = 0; h < b->hypothesis_count; h++) {
            out[h] += factor * draw->row[h] - sign->factor * sign->row[h];
        }
    }
    for (size_t h = 0; h < b->hypothesis_count; h++) {
        largest = fmax(largest, out[h]);
    }
    for (size_t h = 0; h < b->hypothesis_count; h++) {
        out[h] = exp(out[h] - largest);
        sum += out[h];
    }
    for (size_t h = 0; h < b->hypothesis_count; h++) {
        out[h] /= sum;
    }
}

/* ---- actions ---- */

static double action_loss(const NextBase *b, const double *probability, size_t action)
{
    double loss = 0;
    for (size_t h = 0; h < b->hypothesis_count; h++) {
        loss += probability[h] * b->actions->loss[action * b->actions->action_count + b->actions->needed[h]];
    }
    return loss;
}

static size_t best_action(const NextBase *b, const double *probability, double *out_loss)
{
    size_t best = 0;
    double least = INFINITY;
    for (size_t a = 0; a < b->actions->action_count; a++) {
        double loss = action_loss(b, probability, a);
        best = loss < least ? a : best;
        least = fmin(least, loss);
    }
    if (out_loss) {
        *out_loss = least;
    }
    return best;
}

size_t next_action(const NextBase *base)
{
    return best_action(base, base->posterior->probability, NULL);
}

/* ---- gain ---- */

/* Draws one outcome of the examinations under a hypothesis and adds up what it says. */
static void draw_outcome(const NextBase *b, uint64_t examinations, size_t hypothesis, uint64_t number,
                         size_t *touched_count)
{
    outcome_begin(b, touched_count);
    for (size_t i = 0; i < b->unknown_count; i++) {
        const Unknown *unknown = &b->unknown[i];
        if (!(unknown->examinations & examinations)) {
            continue;
        }
        Random random;
        random_init(&random, random_mix(random_mix(unknown->key, hypothesis), number));
        const Finding *f = unknown->aspect.finding;
        bool stated = random_unit(&random) < b->stated[f->index];
        bool known = b->signs[f->sign].known || b->draws[f->sign].touched;
        bool implied = random_unit(&random) < b->exponent && known;
        const Said *said = &unknown->said[aspect_draw(&unknown->aspect, hypothesis, random_unit(&random))];
        if (stated && !implied && !said->silent) {
            outcome_add(b, unknown, said, touched_count);
        }
    }
}

bool next_gain(const NextBase *base, uint64_t examinations, NextGain *out)
{
    const double *p = base->posterior->probability;
    size_t touched = 0;
    bool any = false;
    *out = (NextGain){0};
    best_action(base, p, &out->loss_now);
    for (size_t i = 0; i < base->unknown_count; i++) {
        any = any || (base->unknown[i].examinations & examinations);
    }
    for (size_t h = 0; h < base->hypothesis_count && any; h++) {
        size_t draws = (size_t)ceil(p[h] * (double)base->samples);
        size_t needed = base->actions->needed[h], actions = base->actions->action_count;
        if (p[h] < least_drawn) { /* it keeps the loss that the present choice has for it */
            out->loss_after += p[h] * base->actions->loss[next_action(base) * actions + needed];
            continue;
        }
        for (size_t n = 0; n < draws; n++) {
            draw_outcome(base, examinations, h, n, &touched);
            outcome_posterior(base, touched, base->after);
            double share = p[h] / (double)draws;
            out->bits += share * log2(fmax(base->after[h], 1e-12) / p[h]);
            out->loss_after +=
                share * base->actions->loss[best_action(base, base->after, NULL) * actions + needed];
        }
    }
    outcome_begin(base, &touched);
    out->bits = fmax(out->bits, 0);
    return any;
}

/* ---- single answers ---- */

/* How likely it is that an aspect turns out this way. */
static double chance_of(const NextBase *b, const Unknown *unknown, size_t outcome)
{
    double sum = 0;
    for (size_t h = 0; h < b->hypothesis_count; h++) {
        sum += b->posterior->probability[h] *
               unknown->aspect.chance[h * unknown->aspect.outcome_count + outcome];
    }
    return sum;
}

static void single_answer(const NextBase *b, const Unknown *unknown, size_t outcome, double *after)
{
    size_t touched = 0;
    outcome_add(b, unknown, &unknown->said[outcome], &touched);
    outcome_posterior(b, touched, after);
    outcome_begin(b, &touched);
}

/* What an aspect is worth by itself: bits, as for the whole examination, from its answers that can be said.
 */
static double single_worth(const NextBase *b, const Unknown *unknown)
{
    double worth = 0;
    for (size_t o = 0; o < unknown->aspect.outcome_count; o++) {
        if (unknown->said[o].silent) {
            continue;
        }
        single_answer(b, unknown, o, b->after);
        for (size_t h = 0; h < b->hypothesis_count; h++) {
            double p = b->posterior->probability[h];
            worth += p > 0 ? p * unknown->aspect.chance[h * unknown->aspect.outcome_count + o] *
                                 log2(fmax(b->after[h], 1e-12) / p)
                           : 0;
        }
    }
    return worth;
}

/* Numbers are left out: a bin of their range is no answer that a reader thinks in. */
static const Unknown *worthiest(const NextBase *b, uint64_t examinations, const double *worth, double below)
{
    const Unknown *best = NULL;
    double most = 0;
    for (size_t i = 0; i < b->unknown_count; i++) {
        if ((b->unknown[i].examinations & examinations) && worth[i] > most && worth[i] < below) {
            best = &b->unknown[i];
            most = worth[i];
        }
    }
    return best;
}

/* The probability that an answer moves from some hypotheses to others. */
static double moved(const NextBase *b, const double *after)
{
    double sum = 0;
    for (size_t h = 0; h < b->hypothesis_count; h++) {
        sum += fabs(after[h] - b->posterior->probability[h]);
    }
    return sum / 2;
}

size_t next_answers(const NextBase *base, uint64_t examinations, double least, double telling,
                    NextAnswer *out, size_t room, Arena *arena)
{
    double *worth = arena_array(arena, base->unknown_count + 1, sizeof *worth);
    for (size_t i = 0; i < base->unknown_count; i++) {
        const Unknown *unknown = &base->unknown[i];
        const Finding *f = unknown->aspect.finding;
        bool counts = (unknown->examinations & examinations) && f->kind != FINDING_NUMBER;
        worth[i] = counts ? single_worth(base, unknown) * base->stated[f->index] : 0;
    }
    size_t count = 0;
    double below = INFINITY;
    for (const Unknown *best; count < room && (best = worthiest(base, examinations, worth, below));) {
        below = worth[best - base->unknown];
        for (size_t o = 0; o < best->aspect.outcome_count && count < room; o++) {
            double probability = chance_of(base, best, o);
            if (best->said[o].silent || probability < least) {
                continue;
            }
            double *after = arena_array(arena, base->hypothesis_count, sizeof *after);
            single_answer(base, best, o, after);
            if (moved(base, after) >= telling) {
                out[count++] = (NextAnswer){
                    .finding = best->aspect.finding,
                    .value = best->aspect.member < 0 ? o : (size_t)best->aspect.member,
                    .probability = probability,
                    .after = after,
                    .action = best_action(base, after, NULL),
                };
            }
        }
    }
    return count;
}
