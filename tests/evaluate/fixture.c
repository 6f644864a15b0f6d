#include "fixture.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int fixture_set_up(void **state)
{
    Fixture *f = test_calloc(1, sizeof *f);
    char *knowledge = source_path("knowledge");
    DensError *error = NULL;
    f->arena = arena_new();
    f->engine = engine_load(knowledge, &error);
    assert_no_error(error);
    free(knowledge);
    f->clinic = engine_prior(f->engine, "clinic", &error);
    f->uniform = engine_prior(f->engine, "uniform", &error);
    assert_no_error(error);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/dens-evaluate-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    *state = f;
    return 0;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info, (void)place;
    return kind == FTW_DP ? rmdir(path) : unlink(path);
}

int fixture_tear_down(void **state)
{
    Fixture *f = *state;
    (void)nftw(f->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    engine_free(f->engine);
    arena_free(f->arena);
    test_free(f);
    return 0;
}

const char *fixture_path(Fixture *f, const char *name)
{
    return file_join(f->arena, f->folder, name);
}

const char *fixture_file(Fixture *f, const char *name, const char *text)
{
    const char *path = fixture_path(f, name);
    DensError *error = NULL;
    assert_true(file_write(path, text, strlen(text), &error));
    return path;
}

void fixture_make_folder(Fixture *f, const char *name)
{
    assert_int_equal(mkdir(fixture_path(f, name), 0700), 0);
}

Case *fixture_case(Fixture *f, const char *members)
{
    const char *text = arena_printf(f->arena, "{\"format\": \"dens-case/1\", %s}", members);
    DensError *error = NULL;
    const Value *root = json_parse(f->arena, text, strlen(text), "test", &error);
    assert_no_error(error);
    Case *c = case_from_value(root, "test", knowledge_vocabulary(f->engine->knowledge), NULL, &error);
    assert_no_error(error);
    return c;
}

Value *fixture_result(Fixture *f, const Case *c, const Prior *prior)
{
    ResultOptions options = {.prior = prior, .rival = -1};
    return evaluate_case(f->engine, c, &options, f->arena);
}
