// The headers are C++ as well; a chain is built, checked and freed.
#include <langserved/langserved.h>

#include <cstdlib>

static ls_err same(ls_call *call, json_t *input, json_t **output)
{
    (void)call;
    *output = json_incref(input);
    return LS_OK;
}

int main()
{
    ls_model_options options{};
    options.more = R"({"responses": ["Hallo"]})";
    ls_app *app = ls_app_new("C++", "1.0");
    ls_runnable *chain = ls_sequence(ls_prompt("{text}"), ls_model("fake", nullptr, &options),
                                     ls_str_parser(), ls_lambda(same, nullptr, nullptr), LS_END);
    ls_add_routes(app, chain, "/translate", nullptr);
    char *report = nullptr;
    const bool well = ls_app_check(app, &report) == LS_OK;
    std::free(report);
    ls_app_free(app);
    return well ? 0 : 1;
}
