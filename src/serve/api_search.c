/* Full-text search over the knowledge: names, definitions, what is told of a diagnosis, sources, conflicts;
 * with `language` also over the words that the language has for them. */
#include "serve/parts.h"

#include "report/messages.h"

#include <string.h>
#include <strings.h>

enum { MOST_HITS = 50, MOST_WORDS = 8, QUERY_SIZE = 201 };

typedef struct {
    const char *text;
    bool foreign; /* it has letters that English has not: looked for in the translations alone */
} Word;

typedef struct {
    size_t count;
    Word words[MOST_WORDS];
    bool by_name;             /* first those whose id or name holds the words, then those whose texts do */
    const Messages *messages; /* or NULL */
    const Advice *advice;
    Arena *arena;
    Value *hits;
} Search;

/* The texts of one place. */
typedef struct {
    size_t count, room;
    const char **items;
    Arena *arena;
} Texts;

static void add(Texts *texts, const char *text)
{
    if (!text || !text[0]) {
        return;
    }
    if (texts->count == texts->room) {
        size_t room = texts->room ? 2 * texts->room : 64;
        const char **items = arena_array(texts->arena, room, sizeof *items);
        if (texts->count > 0) {
            memcpy(items, texts->items, texts->count * sizeof *items);
        }
        texts->items = items;
        texts->room = room;
    }
    texts->items[texts->count++] = text;
}

static bool stands_in(const Search *search, const Word *word, const char *text)
{
    if (!word->foreign) {
        return strcasestr(text, word->text) != NULL;
    }
    const char *said = search->messages ? messages_say(search->arena, search->messages, text) : NULL;
    return said && strstr(said, word->text);
}

/* Does every word stand in one of the texts? */
static bool holds(const Search *search, const Texts *texts)
{
    for (size_t w = 0; w < search->count; w++) {
        size_t at = 0;
        while (at < texts->count && !stands_in(search, &search->words[w], texts->items[at])) {
            at++;
        }
        if (at == texts->count) {
            return false;
        }
    }
    return true;
}

static void look(const Search *search, const char *kind, const char *id, const char *label,
                 const Texts *texts)
{
    const char *names[] = {id, label};
    const Texts name = {.count = 2, .items = names};
    bool named = holds(search, &name);
    if (search->hits->count < MOST_HITS && (search->by_name ? named : !named && holds(search, texts))) {
        Value *hit = value_add_map(search->hits);
        value_set_string(hit, "kind", kind);
        value_set_string(hit, "id", id);
        value_set_string(hit, "label", label);
    }
}

static void look_at_diagnosis(const Search *search, const Diagnosis *d)
{
    Texts texts = {.arena = search->arena};
    add(&texts, d->name->id);
    add(&texts, d->name->name);
    add(&texts, d->summary);
    add(&texts, d->who.group);
    for (size_t i = 0; i < d->synonym_count; i++) {
        add(&texts, d->synonyms[i]);
    }
    for (size_t i = 0; i < d->statement_count; i++) {
        add(&texts, d->statements[i].text);
    }
    for (size_t i = 0; i < d->typical_count; i++) {
        add(&texts, d->typical[i].text);
    }
    for (size_t i = 0; i < d->mimic_count; i++) {
        add(&texts, d->mimics[i].name);
        add(&texts, d->mimics[i].text);
    }
    for (size_t i = 0; i < d->component_count; i++) {
        add(&texts, d->components[i].name);
        add(&texts, d->components[i].definition);
    }
    Value *management = value_new_list(search->arena);
    advice_describe_management(search->advice, d->index, management);
    VALUE_EACH(entry, management)
    {
        add(&texts, value_text(entry, "text"));
    }
    look(search, "diagnosis", d->name->id, d->name->name, &texts);
}

static void look_at_finding(const Search *search, const Finding *f)
{
    Texts texts = {.arena = search->arena};
    add(&texts, f->id);
    add(&texts, f->label);
    add(&texts, f->definition);
    for (size_t i = 0; i < f->value_count; i++) {
        add(&texts, f->values[i].label);
        add(&texts, f->values[i].definition);
    }
    look(search, "finding", f->id, f->label, &texts);
}

static void look_everywhere(Search *search, const Knowledge *knowledge)
{
    const Vocabulary *v = knowledge_vocabulary(knowledge);
    const Messages *messages = search->messages;
    for (size_t i = 0; i < knowledge_diagnosis_count(knowledge); i++) {
        look_at_diagnosis(search, knowledge_diagnosis(knowledge, i));
    }
    for (size_t i = 0; i < vocabulary_count(v); i++) {
        look_at_finding(search, vocabulary_finding(v, i));
    }
    search->messages = NULL; /* sources and conflicts stand as they were written */
    for (size_t i = 0; i < knowledge_source_count(knowledge); i++) {
        const Source *s = knowledge_source(knowledge, i);
        const char *texts[] = {s->id, s->short_name, s->citation, s->seen};
        look(search, "source", s->id, s->short_name, &(Texts){.count = 4, .items = texts});
    }
    for (size_t i = 0; i < knowledge_conflict_count(knowledge); i++) {
        const Conflict *c = knowledge_conflict(knowledge, i);
        const char *texts[] = {c->id, c->question, c->resolution};
        look(search, "conflict", c->id, c->question, &(Texts){.count = 3, .items = texts});
    }
    search->messages = messages;
}

static void cut_words(Search *search, const char *query)
{
    const char *at = query + strspn(query, " ");
    while (*at && search->count < MOST_WORDS) {
        size_t bytes = strcspn(at, " ");
        Word *word = &search->words[search->count++];
        word->text = arena_strndup(search->arena, at, bytes);
        for (size_t i = 0; i < bytes; i++) {
            word->foreign = word->foreign || (unsigned char)at[i] > 0x7f;
        }
        at += bytes;
        at += strspn(at, " ");
    }
}

static void find(Call *call)
{
    const char *query = http_query(call->request, "q"), *language = http_query(call->request, "language");
    size_t length = query ? strlen(query) : 0;
    if (length < 2 || length >= QUERY_SIZE) {
        (void)problem(call, 400, "\"q\" must hold 2 to %d bytes", QUERY_SIZE - 1);
        return;
    }
    if (language && !is_language(language)) {
        (void)problem(call, 400, "\"language\" is the name of a language, such as en");
        return;
    }
    DensError *error = NULL;
    AUTO(messages_auto)
    MessageSet *messages =
        language ? messages_load(knowledge_folder(call->serve->engine->knowledge), language, &error) : NULL;
    if (error) {
        (void)problem_error(call, error);
        return;
    }
    Value *tree = value_new_map(call->arena);
    Search search = {.by_name = true,
                     .messages = messages ? messages_of(messages) : NULL,
                     .advice = call->serve->engine->advice,
                     .arena = call->arena,
                     .hits = value_set_list(tree, "hits")};
    cut_words(&search, query);
    look_everywhere(&search, call->serve->whole);
    search.by_name = false;
    look_everywhere(&search, call->serve->whole);
    reply_json(call, 200, tree);
}

const Route search_routes[] = {{"GET", "/knowledge/search", INTAKE_NONE, false, find}, {0}};
