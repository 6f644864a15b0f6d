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
#include "infer/model.h"

#include <math.h>
#include <string.h>

/* Hypotheses of less than this are not drawn: what is left out is less than the noise of the draws. */
static const double least_drawn = 0.002;

/* What one outcome of an aspect says. */
typedef struct {
    bool silent;
    const double *row;  /* ln P(outcome | mode) */
    const double *said; /* ln P(outcome | diagnosis) */
    double spread;      /* how much that tells the diagnoses apart */
} Said;

typedef struct {
    Aspect aspect;
    uint64_t examinations;
    uint64_t key;
    uint64_t drawn_key; /* with the hypothesis that is drawn */
    Said *outcomes;
} Unknown;

/* A sign as far as it is known, or while an outcome is looked at. */
typedef struct {
    bool known;
    double spread, squares;
    double factor;        /* of the sign alone */
    double bundle_spread; /* how much the whole sign tells apart, with its factor */
    double *row, *said;   /* untempered sums over its known findings: by mode, by diagnosis */
} SignState;

struct NextBase {
    const Posterior *posterior;
    const Model *model;
    const ActionTable *actions;
    size_t hypothesis_count, sign_count, samples, unknown_count;
    double exponent;
    Unknown *unknown; /* by index of the finding */
    SignState *signs, *draws;
    double *bundles;       /* factor of each bundle, in the case */
    bool *touched_bundles; /* by the outcome that is looked at */
    size_t *touched;       /* signs of that outcome */
    double *after;         /* one for each hypothesis */
    double *sums;          /* one for each mode */
    double *prior; /* one for each mode: the logarithms of its hypothesis' prior and of its share of that */
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

static void fill_outcomes(const NextBase *b, Unknown *unknown, Arena *arena)
{
    const Aspect *aspect = &unknown->aspect;
    unknown->outcomes = arena_array(arena, aspect->outcome_count, sizeof *unknown->outcomes);
    for (size_t o = 0; o < aspect->outcome_count; o++) {
        Known known = {0};
        Said *said = &unknown->outcomes[o];
        said->silent = !aspect_evidence(aspect, o, arena, &known.evidence);
        if (said->silent) {
            continue;
        }
        model_say(b->model, &known, arena);
        said->row = known.log_modes;
        said->said = known.log_aspects;
        said->spread = model_spread(known.log_aspects, b->hypothesis_count - 1);
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
        CaseFinding implied;
        bool known = case_find(c, f->id) || case_implied(c, f, &implied);
        size_t count = !known ? aspects_of(knowledge, f, arena, aspects) : 0;
        for (size_t a = 0; a < count; a++) {
            Unknown *unknown = &b->unknown[b->unknown_count++];
            *unknown = (Unknown){
                .aspect = aspects[a], .examinations = examinations, .key = random_mix(random_key(f->id), a)};
            fill_outcomes(b, unknown, arena);
        }
    }
}

static void add_finding(const NextBase *b, SignState *sign, const Known *known)
{
    for (size_t k = 0; k < b->model->mode_count; k++) {
        sign->row[k] += known->log_modes[k];
    }
    for (size_t a = 0; a < known->aspect_count; a++) {
        for (size_t d = 0; d + 1 < b->hypothesis_count; d++) {
            sign->said[d] += known->log_aspects[a * (b->hypothesis_count - 1) + d];
        }
    }
}

static void make_sign(const NextBase *b, SignState *sign, Arena *arena)
{
    sign->row = arena_array(arena, b->model->mode_count, sizeof(double));
    sign->said = arena_array(arena, b->hypothesis_count, sizeof(double));
    sign->factor = 1;
}

static void collect_signs(NextBase *b, Arena *arena)
{
    const Posterior *p = b->posterior;
    for (size_t s = 0; s < b->sign_count; s++) {
        make_sign(b, &b->signs[s], arena);
        make_sign(b, &b->draws[s], arena);
    }
    for (size_t i = 0; i < b->model->known_count; i++) {
        const Known *known = &b->model->known[i];
        add_finding(b, &b->signs[known->evidence.finding->sign], known);
    }
    for (size_t i = 0; i < p->sign_count; i++) {
        const SignEvidence *evidence = &p->signs[i];
        SignState *sign = &b->signs[evidence->sign->index];
        int bundle = knowledge_bundle_of(p->knowledge, evidence->sign->index);
        sign->known = true;
        sign->factor = evidence->factor / evidence->bundle_factor;
        for (size_t n = 0; n < evidence->finding_count; n++) {
            sign->spread += evidence->spread[n];
            sign->squares += evidence->spread_squares[n];
        }
        sign->bundle_spread = sign->factor * model_spread(sign->said, b->hypothesis_count - 1);
        if (bundle >= 0) {
            b->bundles[bundle] = evidence->bundle_factor;
        }
    }
}

const NextBase *next_prepare(const Posterior *posterior, const Case *c, const double *stated,
                             const ActionTable *actions, size_t samples, Arena *arena)
{
    NextBase *b = arena_alloc(arena, sizeof *b);
    const Knowledge *knowledge = posterior->knowledge;
    size_t signs = vocabulary_sign_count(knowledge_vocabulary(knowledge));
    size_t bundles = knowledge_bundle_count(knowledge);
    *b = (NextBase){.posterior = posterior,
                    .model = posterior->model,
                    .actions = actions,
                    .hypothesis_count = posterior->hypothesis_count,
                    .sign_count = signs,
                    .samples = samples,
                    .exponent = knowledge_scales(knowledge)->sign_tempering,
                    .signs = arena_array(arena, signs, sizeof(SignState)),
                    .draws = arena_array(arena, signs, sizeof(SignState)),
                    .bundles = arena_array(arena, bundles + 1, sizeof(double)),
                    .touched_bundles = arena_array(arena, bundles + 1, sizeof(bool)),
                    .sums = arena_array(arena, posterior->model->mode_count, sizeof(double)),
                    .touched = arena_array(arena, signs, sizeof(size_t)),
                    .prior = arena_array(arena, posterior->model->mode_count, sizeof(double)),
                    .after = arena_array(arena, posterior->hypothesis_count, sizeof(double)),
                    .stated = stated};
    for (size_t i = 0; i < bundles; i++) {
        b->bundles[i] = 1;
    }
    for (size_t h = 0; h < b->hypothesis_count; h++) {
        for (size_t k = b->model->first[h]; k < b->model->first[h + 1]; k++) {
            b->prior[k] = posterior->log_prior[h] + b->model->modes[k].log_share;
        }
    }
    collect_signs(b, arena);
    collect_unknown(b, c, arena);
    return b;
}

/* ---- one outcome ---- */

static void outcome_begin(const NextBase *b, size_t *touched_count)
{
    for (size_t i = 0; i < *touched_count; i++) {
        b->draws[b->touched[i]].known = false;
    }
    *touched_count = 0;
}

static void outcome_add(const NextBase *b, const Unknown *unknown, const Said *said, size_t *touched_count)
{
    size_t sign = unknown->aspect.finding->sign;
    const SignState *now = &b->signs[sign];
    SignState *draw = &b->draws[sign];
    if (!draw->known) {
        draw->known = true;
        draw->spread = now->spread;
        draw->squares = now->squares;
        memcpy(draw->row, now->row, b->model->mode_count * sizeof *draw->row);
        memcpy(draw->said, now->said, b->hypothesis_count * sizeof *draw->said);
        b->touched[(*touched_count)++] = sign;
    }
    draw->spread += said->spread;
    draw->squares += said->spread * said->spread;
    for (size_t k = 0; k < b->model->mode_count; k++) {
        draw->row[k] += said->row[k];
    }
    for (size_t d = 0; d + 1 < b->hypothesis_count; d++) {
        draw->said[d] += said->said[d];
    }
}

static void add_row(const NextBase *b, const SignState *sign, double factor)
{
    for (size_t k = 0; k < b->model->mode_count; k++) {
        b->sums[k] += factor * sign->row[k];
    }
}

/* A bundle of which signs were touched: its new factor; the signs that were not touched move with it. */
static double temper_bundle(const NextBase *b, size_t index)
{
    const Bundle *bundle = knowledge_bundle(b->posterior->knowledge, index);
    double sum = 0, squares = 0;
    for (size_t i = 0; i < bundle->sign_count; i++) {
        size_t sign = bundle->signs[i];
        double spread = b->draws[sign].known ? b->draws[sign].bundle_spread : b->signs[sign].bundle_spread;
        sum += spread;
        squares += spread * spread;
    }
    double factor =
        model_tempering(sum, squares, knowledge_scales(b->posterior->knowledge)->bundle_tempering);
    for (size_t i = 0; i < bundle->sign_count; i++) {
        size_t sign = bundle->signs[i];
        if (!b->draws[sign].known && b->signs[sign].known) {
            add_row(b, &b->signs[sign], b->signs[sign].factor * (factor - b->bundles[index]));
        }
    }
    return factor;
}

/* The sums of the modes after the outcome. */
static void outcome_sums(const NextBase *b, size_t touched_count)
{
    const Knowledge *knowledge = b->posterior->knowledge;
    memcpy(b->sums, b->model->sums, b->model->mode_count * sizeof *b->sums);
    memset(b->touched_bundles, 0, (knowledge_bundle_count(knowledge) + 1) * sizeof *b->touched_bundles);
    for (size_t i = 0; i < touched_count; i++) {
        SignState *draw = &b->draws[b->touched[i]];
        int bundle = knowledge_bundle_of(knowledge, b->touched[i]);
        draw->factor = model_tempering(draw->spread, draw->squares, b->exponent);
        if (bundle >= 0) {
            draw->bundle_spread = draw->factor * model_spread(draw->said, b->hypothesis_count - 1);
            b->touched_bundles[bundle] = true;
        }
    }
    for (size_t i = 0; i < touched_count; i++) {
        const SignState *sign = &b->signs[b->touched[i]], *draw = &b->draws[b->touched[i]];
        if (knowledge_bundle_of(knowledge, b->touched[i]) < 0) {
            add_row(b, draw, draw->factor);
            add_row(b, sign, -sign->factor);
        }
    }
    for (size_t n = 0; n < knowledge_bundle_count(knowledge); n++) {
        double factor = b->touched_bundles[n] ? temper_bundle(b, n) : 1;
        for (size_t i = 0; i < touched_count; i++) {
            const SignState *sign = &b->signs[b->touched[i]], *draw = &b->draws[b->touched[i]];
            if (knowledge_bundle_of(knowledge, b->touched[i]) == (int)n) {
                add_row(b, draw, draw->factor * factor);
                add_row(b, sign, -sign->factor * b->bundles[n]);
            }
        }
    }
}

/* The posterior after the outcome, into `out`. */
static void outcome_posterior(const NextBase *b, size_t touched_count, double *out)
{
    const double far = -45; /* exp() of less is nothing beside the 1 of the largest */
    const Model *m = b->model;
    outcome_sums(b, touched_count);
    double largest = -INFINITY, all = 0;
    for (size_t k = 0; k < m->mode_count; k++) {
        b->sums[k] += b->prior[k];
        largest = b->sums[k] > largest ? b->sums[k] : largest;
    }
    for (size_t h = 0; h < b->hypothesis_count; h++) {
        out[h] = 0;
        for (size_t k = m->first[h]; k < m->first[h + 1]; k++) {
            double below = b->sums[k] - largest;
            out[h] += below > far ? exp(below) : 0;
        }
        all += out[h];
    }
    for (size_t h = 0; h < b->hypothesis_count; h++) {
        out[h] /= all;
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

/* What is looked at: what examinations show, or one finding, which is then stated for certain. */
typedef struct {
    uint64_t examinations;
    const Finding *only;
} Look;

static bool shows(Look look, const Unknown *unknown)
{
    return look.only ? unknown->aspect.finding == look.only
                     : (unknown->examinations & look.examinations) != 0;
}

/* Draws one outcome under a hypothesis and adds up what it says. */
static void draw_outcome(const NextBase *b, Look look, size_t hypothesis, uint64_t number,
                         size_t *touched_count)
{
    outcome_begin(b, touched_count);
    for (size_t i = 0; i < b->unknown_count; i++) {
        const Unknown *unknown = &b->unknown[i];
        if (!shows(look, unknown)) {
            continue;
        }
        Random random;
        random_init(&random, random_mix(unknown->drawn_key, number));
        const Finding *f = unknown->aspect.finding;
        if (random_unit(&random) >= b->stated[f->index] && !look.only) {
            continue;
        }
        bool known = b->signs[f->sign].known || b->draws[f->sign].known;
        bool implied = random_unit(&random) < b->exponent && known;
        const Said *said =
            &unknown->outcomes[aspect_draw(&unknown->aspect, hypothesis, random_unit(&random))];
        if (!implied && !said->silent) {
            outcome_add(b, unknown, said, touched_count);
        }
    }
}

static bool gain_of(const NextBase *base, Look look, NextGain *out)
{
    const double *p = base->posterior->probability;
    size_t touched = 0;
    bool any = false;
    *out = (NextGain){0};
    best_action(base, p, &out->loss_now);
    for (size_t i = 0; i < base->unknown_count; i++) {
        any = any || shows(look, &base->unknown[i]);
    }
    for (size_t h = 0; h < base->hypothesis_count && any; h++) {
        size_t draws = (size_t)ceil(p[h] * (double)base->samples);
        size_t needed = base->actions->needed[h], actions = base->actions->action_count;
        if (p[h] < least_drawn) { /* it keeps the loss that the present choice has for it */
            out->loss_after += p[h] * base->actions->loss[next_action(base) * actions + needed];
            continue;
        }
        for (size_t i = 0; i < base->unknown_count; i++) {
            base->unknown[i].drawn_key = random_mix(base->unknown[i].key, h);
        }
        for (size_t n = 0; n < draws; n++) {
            draw_outcome(base, look, h, n, &touched);
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

bool next_gain(const NextBase *base, uint64_t examinations, NextGain *out)
{
    return gain_of(base, (Look){.examinations = examinations}, out);
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
    outcome_add(b, unknown, &unknown->outcomes[outcome], &touched);
    outcome_posterior(b, touched, after);
    outcome_begin(b, &touched);
}

/* What an aspect is worth by itself: bits, as for the whole examination, from its answers that can be said.
 */
static double single_worth(const NextBase *b, const Unknown *unknown)
{
    double worth = 0;
    for (size_t o = 0; o < unknown->aspect.outcome_count; o++) {
        if (unknown->outcomes[o].silent) {
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
            if (best->outcomes[o].silent || probability < least) {
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

/* ---- questions ---- */

/* Of a choice or a number every answer is gone through; the members of a set turn out together in too many
 * ways, which are drawn. */
static double question_worth(const NextBase *b, const Unknown *unknown)
{
    const Finding *f = unknown->aspect.finding;
    NextGain gain;
    if (f->kind == FINDING_SET) {
        return gain_of(b, (Look){.only = f}, &gain) ? gain.bits : 0;
    }
    return (b->signs[f->sign].known ? 1 - b->exponent : 1) * single_worth(b, unknown);
}

size_t next_questions(const NextBase *base, const bool *may_ask, NextQuestion *out, size_t room, Arena *arena)
{
    NextQuestion *all = arena_array(arena, base->unknown_count + 1, sizeof *all);
    size_t count = 0;
    for (size_t i = 0; i < base->unknown_count; i++) {
        const Finding *f = base->unknown[i].aspect.finding;
        bool again = i > 0 && base->unknown[i - 1].aspect.finding == f;
        if (again || !may_ask[f->index]) {
            continue;
        }
        NextQuestion question = {.finding = f, .bits = question_worth(base, &base->unknown[i])};
        size_t at = count++;
        for (; at > 0 && all[at - 1].bits < question.bits; at--) {
            all[at] = all[at - 1];
        }
        all[at] = question;
    }
    count = count < room ? count : room;
    memcpy(out, all, count * sizeof *all);
    return count;
}

size_t next_replies(const NextBase *base, const Finding *finding, NextAnswer *out, size_t room, Arena *arena)
{
    size_t count = 0;
    for (size_t i = 0; i < base->unknown_count; i++) {
        const Unknown *unknown = &base->unknown[i];
        bool is_it = unknown->aspect.finding == finding && finding->kind != FINDING_NUMBER;
        size_t outcomes = !is_it ? 0 : unknown->aspect.member < 0 ? unknown->aspect.outcome_count : 1;
        for (size_t o = 0; o < outcomes && count < room; o++) {
            double *after = arena_array(arena, base->hypothesis_count, sizeof *after);
            if (unknown->outcomes[o].silent) {
                continue;
            }
            single_answer(base, unknown, o, after);
            out[count++] = (NextAnswer){
                .finding = finding,
                .value = unknown->aspect.member < 0 ? o : (size_t)unknown->aspect.member,
                .probability = chance_of(base, unknown, o),
                .after = after,
                .action = best_action(base, after, NULL),
            };
        }
    }
    return count;
}
