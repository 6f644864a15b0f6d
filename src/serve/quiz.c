/* The questions that are held, in memory: a quiz needs no store, and a server that starts again asks anew. */
#include "serve/quiz.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* By convention: more than a class asks at once; phantoms are on the disk with 20 MB each. */
enum { MOST_CASES = 200, MOST_PHANTOMS = 6, MOST_HELD = MOST_CASES + MOST_PHANTOMS };

struct Quiz {
    pthread_mutex_t lock;
    size_t count;
    Question *held[MOST_HELD + 1]; /* the oldest first */
    char last[STORE_ID_SIZE];
};

size_t quiz_chance(size_t count)
{
    char id[STORE_ID_SIZE];
    store_new_id(id);
    id[15] = '\0';
    return (size_t)(strtoull(id, NULL, 16) % (count ? count : 1));
}

size_t quiz_told(const Question *question)
{
    return question->step + !question->is_phantom;
}

size_t quiz_steps(const Question *question)
{
    return question->part_count + question->is_phantom;
}

void question_free(Question *question)
{
    if (question) {
        if (question->folder) {
            remove_folder(question->folder);
        }
        arena_free(question->arena);
        free(question);
    }
}

Quiz *quiz_new(void)
{
    Quiz *quiz = memory_alloc(sizeof *quiz);
    (void)pthread_mutex_init(&quiz->lock, NULL);
    return quiz;
}

void quiz_free(Quiz *quiz)
{
    if (!quiz) {
        return;
    }
    for (size_t i = 0; i < quiz->count; i++) {
        question_free(quiz->held[i]);
    }
    (void)pthread_mutex_destroy(&quiz->lock);
    free(quiz);
}

void quiz_lock(Quiz *quiz)
{
    (void)pthread_mutex_lock(&quiz->lock);
}

void quiz_unlock(Quiz *quiz)
{
    (void)pthread_mutex_unlock(&quiz->lock);
}

static void forget_oldest(Quiz *quiz, bool is_phantom)
{
    size_t at = 0;
    while (quiz->held[at]->is_phantom != is_phantom) {
        at++;
    }
    question_free(quiz->held[at]);
    quiz->count--;
    memmove(quiz->held + at, quiz->held + at + 1, (quiz->count - at) * sizeof(Question *));
}

Question *quiz_keep(Quiz *quiz, Question *question)
{
    size_t same = 0;
    for (size_t i = 0; i < quiz->count; i++) {
        same += quiz->held[i]->is_phantom == question->is_phantom;
    }
    if (same >= (question->is_phantom ? (size_t)MOST_PHANTOMS : (size_t)MOST_CASES)) {
        forget_oldest(quiz, question->is_phantom);
    }
    quiz->held[quiz->count++] = question;
    if (!question->is_phantom) {
        memcpy(quiz->last, question->key, sizeof quiz->last);
    }
    return question;
}

Question *quiz_find(Quiz *quiz, const char *id)
{
    for (size_t i = 0; i < quiz->count; i++) {
        if (strcmp(quiz->held[i]->id, id) == 0) {
            return quiz->held[i];
        }
    }
    return NULL;
}

const char *quiz_last(const Quiz *quiz)
{
    return quiz->last;
}
