// The public headers from C++: they compile and link there, and the objects fit its smart pointers.
#include <dens/dens.h>
#include <dens/error.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

using Engine = std::unique_ptr<DensEngine, decltype(&dens_engine_free)>;
using Text = std::unique_ptr<char, decltype(&dens_text_free)>;

static int check(int number, bool good, const char *name)
{
    std::printf("%sok %d - %s\n", good ? "" : "not ", number, name);
    return good ? 0 : 1;
}

int main()
{
    const char *source = std::getenv("DENS_SOURCE");
    DensError *error = nullptr;
    Engine engine(dens_engine_new((std::string(source ? source : ".") + "/knowledge").c_str(), &error),
                  dens_engine_free);
    const std::string one = "{\"format\": \"dens-case/1\", \"findings\": {\"mr.t2\": \"high\"}}";
    Text result(engine ? dens_differential(engine.get(), one.data(), one.size(), "clinic", &error) : nullptr,
                dens_text_free);
    DensError *wrong = nullptr;
    Text refused(dens_differential(engine.get(), one.data(), one.size() - 1, "clinic", &wrong),
                 dens_text_free);
    std::printf("1..3\n");
    int failed = check(1, engine && !error, "the engine is made");
    failed += check(2, result && std::string(result.get()).find("dens-result/1") != std::string::npos,
                    "a case gives a result");
    failed += check(3, !refused && wrong && dens_error_code(wrong) == DENS_ERROR_INPUT,
                    "a case that is cut off is an input error");
    dens_error_free(wrong);
    dens_error_free(error);
    return failed ? 1 : 0;
}
