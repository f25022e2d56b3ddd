/* A translation service: the chain of app.yaml beside it, in C.
 *
 *     cc main.c -o translate $(pkg-config --cflags --libs langserved)
 *     OPENAI_API_KEY=sk-… ./translate 8000 */
#include <langserved/langserved.h>
#include <stdlib.h>

static ls_runnable *choose_model(void)
{
    const ls_model_options demo = {
        .more = "{\"responses\": [\"Bonjour, comment allez-vous ?\"]}",
    };
    return getenv("OPENAI_API_KEY") ? ls_model("openai", "gpt-4o-mini", NULL)
                                    : ls_model("fake", NULL, &demo);
}

int main(int argc, char **argv)
{
    ls_app *app = ls_app_new("翻译服务 API", "1.0");
    ls_runnable *chain = ls_sequence(ls_prompt("将以下文本翻译为{language}：\n\n{text}"),
                                     choose_model(), ls_str_parser(), LS_END);
    ls_add_routes(app, chain, "/translate", NULL);
    int status = ls_app_serve(app, "127.0.0.1", argc > 1 ? atoi(argv[1]) : 8000);
    ls_app_free(app);
    return status;
}
