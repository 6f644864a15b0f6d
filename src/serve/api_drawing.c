/* What a reader draws on a study: clicks, the mask that they made, reference tissues, labels. There is one
 * for each study, in versions; its id is the study's. The masks are records of their own. */
#include "serve/parts.h"

#include "segment/segment.h"

#include <string.h>

enum { MOST_REFERENCES = 100, MOST_SCHEME_BYTES = 64 };

/* The newest drawing of the study that the path names; its version is 0 if there is none. */
static bool find_drawing(Call *call, StoreRecord *study, StoreRecord *out)
{
    bool found = false;
    DensError *error = NULL;
    if (!find_record(call, "study", call->parts[0], 0, study)) {
        return false;
    }
    if (!store_get(call->serve->store, "drawing", study->id, 0, call->arena, out, &found, &error)) {
        return problem_error(call, error);
    }
    if (!found) {
        *out = (StoreRecord){.kind = "drawing", .id = study->id};
    }
    return true;
}

static void get_drawing(Call *call)
{
    StoreRecord study, drawing;
    if (find_drawing(call, &study, &drawing)) {
        add_etag(call, drawing.version);
        reply_json(call, 200, drawing.version > 0 ? drawing.body : value_new_map(call->arena));
    }
}

static bool is_click(const Value *tree)
{
    const Value *point = value_get(tree, "point"), *inside = value_get(tree, "inside");
    double at = 0;
    bool good = tree->kind == VALUE_MAP && tree->count == 2 && point && point->kind == VALUE_LIST &&
                point->count == 3 && inside && inside->kind == VALUE_BOOL;
    for (size_t a = 0; good && a < 3; a++) {
        good = value_number(value_at(point, a), &at);
    }
    return good;
}

static bool check_lists(Call *call, const Value *tree)
{
    const Value *clicks = value_get(tree, "clicks"), *references = value_get(tree, "references");
    if (clicks && (clicks->kind != VALUE_LIST || clicks->count > SEGMENT_MOST_CLICKS)) {
        return problem(call, 422, "\"clicks\" must be a list of at most %d clicks", SEGMENT_MOST_CLICKS);
    }
    VALUE_EACH(click, clicks)
    {
        if (!is_click(click)) {
            return problem(call, 422, "a click must be {\"point\": [x, y, z], \"inside\": true or false}");
        }
    }
    if (references && (references->kind != VALUE_LIST || references->count > MOST_REFERENCES)) {
        return problem(call, 422, "\"references\" must be a list of at most %d texts TISSUE=x,y,z,r",
                       MOST_REFERENCES);
    }
    VALUE_EACH(reference, references)
    {
        if (!value_string(reference)) {
            return problem(call, 422, "\"references\" must be a list of texts TISSUE=x,y,z,r");
        }
    }
    return true;
}

static bool check_drawing(Call *call, const Value *tree, const StoreRecord *study)
{
    static const char *const keys[] = {"series", "mask", "clicks", "references", "labels", "scheme", NULL};
    static const char *const masks[] = {"mask", "labels"};
    const Value *series = value_get(tree, "series"), *scheme = value_get(tree, "scheme");
    double index = -1;
    if (!only_keys(call, tree, keys)) {
        return false;
    }
    if (series &&
        (!value_number(series, &index) || index < 0 ||
         index >= (double)value_get(study->body, "series")->count || index != (double)(size_t)index)) {
        return problem(call, 422, "\"series\" must be a place in the study's list of series");
    }
    if (scheme && (!value_string(scheme) || strlen(value_string(scheme)) > MOST_SCHEME_BYTES)) {
        return problem(call, 422, "\"scheme\" must be the name of a label scheme");
    }
    for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
        const Value *mask = value_get(tree, masks[i]);
        if (mask && !value_string(mask)) {
            return problem(call, 422, "\"%s\" must be the id of a mask", masks[i]);
        }
        if (mask && !check_mask(call, mask, study->id)) {
            return false;
        }
    }
    return check_lists(call, tree);
}

static void put_drawing(Call *call)
{
    StoreRecord study, newest;
    DensError *error = NULL;
    const Value *tree = body_json(call);
    if (!tree || !find_drawing(call, &study, &newest) || !check_drawing(call, tree, &study)) {
        return;
    }
    const char *match = http_header(call->request, "If-Match");
    bool is_first = match && strcmp(match, "\"0\"") == 0;
    long long edited = is_first ? 0 : read_match(call, &newest);
    if (!is_first && edited == 0) {
        return;
    }
    StoreRecord record = {.kind = "drawing",
                          .id = study.id,
                          .of = study.id,
                          .version = edited + 1,
                          .body = value_copy(call->arena, tree)};
    StorePut outcome = store_put(call->serve->store, &record, "http", call->arena, &error);
    if (outcome == STORE_PUT_FAILED) {
        (void)problem_error(call, error);
    } else if (outcome == STORE_PUT_CONFLICT) {
        (void)problem(
            call, 412,
            "the drawing was changed elsewhere: version %lld was edited, version %lld is the newest; "
            "nothing was stored",
            edited, newest.version);
    } else {
        add_etag(call, record.version);
        reply_json(call, 200, record_tree(call->arena, &record));
    }
}

const Route drawing_routes[] = {{"GET", "/studies/{}/drawing", INTAKE_NONE, true, get_drawing},
                                {"PUT", "/studies/{}/drawing", INTAKE_JSON, true, put_drawing},
                                {0}};
