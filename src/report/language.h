/* A language other than English: what the result document says, in that language's words.
 *
 * The document is written in English; its sentences are texts of the knowledge, labels of the vocabulary, and
 * sentences put together from a few patterns. A file of knowledge/languages/ holds their translations, so any
 * stored result can be drawn in any language, without being evaluated again:
 *
 *   texts:
 *     - { en: "Vertebral body", say: 椎体 }
 *   patterns:
 *     - { kind: known, en: "Age {1:number} years", say: "{1}岁" }
 *
 * A place is {number:kind}. What stands in it is said in its turn: by the texts and patterns of its kind,
 * else by the texts that have no kind. Kinds are names of the file, and three that it finds here: `text`,
 * that of whole texts and of patterns without a kind; `number`, digits with their signs; `name`, anything,
 * left as it stands. The first pattern that fits is taken. A first letter may be a capital or not.
 *
 * Immutable after loading; share it freely between threads. */
#ifndef DENS_REPORT_LANGUAGE_H
#define DENS_REPORT_LANGUAGE_H

#include "base/arena.h"
#include "base/error.h"

typedef struct Language Language;

/* Reads `folder`/languages/`id`.yaml. Errors: no such language (those that there are are named), and what is
 * wrong in the file, with its place. */
Language *language_load(const char *folder, const char *id, DensError **err) DENS_MUST_USE;
void language_free(Language *language);

/* BCP 47: "zh-Hans". */
const char *language_code(const Language *language);
/* `english` in the language, in `arena` or the language's own memory; NULL if it has no words for it. */
const char *language_say(const Language *language, Arena *arena, const char *english);
/* The same of a whole text of that kind, without patterns. */
const char *language_word(const Language *language, Arena *arena, const char *kind, const char *english);

AUTO_DEFINE(Language, language, language_free)

#endif
