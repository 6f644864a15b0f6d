/* Questions for learners: a published case, or a phantom with its images. A question is held here until
 * others have taken its place; its findings are told part by part, its truth after it was ranked. Inside
 * serve/ only. */
#ifndef DENS_SERVE_QUIZ_H
#define DENS_SERVE_QUIZ_H

#include "serve/parts.h"

enum { QUIZ_MOST_NAMED = 3 };

typedef struct {
    char id[STORE_ID_SIZE];  /* drawn: it tells nothing */
    char key[STORE_ID_SIZE]; /* of a case: which one */
    bool is_phantom;
    Arena *arena;          /* holds what follows */
    const Value *document; /* dens-case/1 without truth and source */
    const Value *truth;    /* diagnosis, and where it is from */
    const char *folder;    /* a phantom's, or NULL */
    size_t part_count;     /* parts of the findings */
    const Value *parts;
    size_t step;          /* how often more was asked for */
    const Value *outcome; /* NULL until it was ranked */
} Question;

/* A number below `count`, by chance. */
size_t quiz_chance(size_t count);
/* Fills document, truth and key with a case that is not this one. */
bool quiz_draw_case(Serve *serve, const char *not_this, Question *out, DensError **err) DENS_MUST_USE;
/* Makes a phantom, reads it inside its true outline, and fills document, truth and folder. */
bool quiz_make_phantom(Serve *serve, Question *out, DensError **err) DENS_MUST_USE;
/* Series of a phantom question, NULL-ended. */
extern const char *const quiz_series[];

/* Parts that are told by now: of a phantom the images are the first. */
size_t quiz_told(const Question *question);
/* How often more can be asked for, and once more: what stands there at first. */
size_t quiz_steps(const Question *question);

/* The questions that are held. */
Quiz *quiz_new(void);
void quiz_free(Quiz *quiz);
/* Nobody else reads or changes a question between the two. */
void quiz_lock(Quiz *quiz);
void quiz_unlock(Quiz *quiz);
/* Takes a question over, in the place of the oldest of its kind if there are many. To be called locked, as
 * what follows. */
Question *quiz_keep(Quiz *quiz, Question *question);
/* NULL if there is none of this id, or no more. */
Question *quiz_find(Quiz *quiz, const char *id);
/* The case that was drawn last; "" before the first. */
const char *quiz_last(const Quiz *quiz);
void question_free(Question *question);

#endif
