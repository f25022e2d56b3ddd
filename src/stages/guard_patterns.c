/* Patterns over folded text: small letters, no marks, one blank between words (base/folded.h).
 *
 * Words begin and end at Latin letters: for `\b` Chinese letters and underscores are part of a
 * word too, so that "请ignore …" and "_ignore …_" would not be found. */
#include "stages/guard.h"

#define WORD "(?<![a-z])"
#define END "(?![a-z])"
#define OLD "(?:previous|prior|above|earlier|preceding|foregoing|initial|original|system)" END
#define ORDERS                                                                             \
    "(?:instructions?|prompts?|rules?|directions?|directives?|guidelines?|messages?|text|" \
    "context|commands?|orders?)" END
#define SECRETS "(?:system|hidden|initial|secret|original) (?:prompts?|instructions?|messages?)" END
#define HAN "[\\x{4e00}-\\x{9fff}]"
#define ORDERS_ZH "(?:指令|指示|提示词?|说明|要求|规则|内容|对话|命令)"

const char *const guard_known_patterns[] = {
    /* orders to forget the orders */
    WORD "(?:ignore|disregard|forget|override|bypass|skip|neglect)(?: (?:all|any|everything|each|"
         "of|the|your|my|these|those|that|and|other)){0,5} " OLD "(?: " ORDERS ")?",
    WORD "(?:ignore|disregard|forget|override|bypass)(?: "
         "(?:all|any|of|the|your|these|those)){1,4} " ORDERS,
    WORD "forget (?:everything|anything|all)" END
         "(?: (?:above|before|prior|you (?:know|were told)))?",
    WORD "do not follow" END ".{0,20}" WORD ORDERS,
    WORD "new " ORDERS " ?:",
    /* another role */
    WORD "you are (?:now|no longer)" END ".{0,40}" WORD
         "(?:dan|jailbroken|unrestricted|unfiltered|developer mode|assistant|ai|model|bot)" END,
    WORD "(?:enable|enter|activate|switch to)" END ".{0,20}" WORD
         "(?:developer|debug|god|admin|jailbreak|dan) mode" END,
    WORD "(?:do anything now|jailbreak(?:en|ed)?)" END,
    WORD "pretend (?:to be|that you are|you are)" END ".{0,40}" WORD
         "(?:without|no) (?:any )?(?:restrictions|rules|filters|limits)" END,
    /* what must stay secret */
    WORD "(?:reveal|show|print|repeat|output|display|tell|give|leak|write)(?: (?:me|us|out|all|of|"
         "the|your|full|exact|entire)){0,5} " SECRETS,
    WORD "(?:reveal|show|print|repeat|output|display|leak)(?: (?:me|us|out|all|of)){0,3} your"
         "(?: (?:full|exact|entire|own))? (?:prompts?|instructions?)" END,
    WORD "(?:what (?:is|are|was|were)|what['’]s) (?:your|the)(?: (?:full|exact|entire))? "
         "(?:system|hidden|initial|secret) (?:prompts?|instructions?)" END,
    WORD "repeat (?:everything|all|the words|the text) above" END,
    /* markers of roles and of templates */
    WORD "(?:system|assistant|developer)[*_`]{0,3} ?:",
    WORD "(?:human|user)[*_`]{0,3} ?:(?![a-z0-9])",
    "(?<!" HAN ")(?:系统|助手|用户|人类) ?:",
    "<\\|[a-z_]{2,32}\\|>",
    "\\[/?inst\\]|<</?sys>>|</?s>",
    "#{2,} ?(?:system|instructions?|assistant|response) ?:?",
    "</?(?:system|assistant|instructions?)>",
    /* in other languages */
    "(?:忽略|无视|忘记|忘掉|不要(?:理会|遵守|遵循|服从))(?:你|您)?(?:的)?(?:(?:之前|以前|此前|以上|"
    "上述|上面|前面|先前|所有|一切|全部)(?:的)?){1,3}(?:[^\\p{P} ]{0,6}?" ORDERS_ZH "|(?!" HAN "))",
    "(?:你|您)(?:从)?现在(?:起|开始)?(?:是|扮演).{0,20}(?:没有|不受|无)(?:任何)?(?:限制|约束|规则)",
    "(?:进入|开启|启用|切换到).{0,10}(?:开发者|调试|越狱|上帝)模式",
    "(?:输出|显示|告诉我|重复|泄露)(?:你|您)?(?:的)?(?:系统|初始|隐藏)(?:提示词?|指令)",
    WORD "(?:ignore[zr]?|oublie[zr]?|ne tiens pas compte des?)" END ".{0,30}" WORD
         "(?:instructions?|consignes?) (?:precedentes?|ci-dessus|anterieures?)",
    WORD "(?:ignora[dr]?|olvida[dr]?|omit(?:e|ir))" END ".{0,30}" WORD
         "(?:instrucciones|ordenes|reglas) (?:anteriores|previas|de arriba)",
    WORD "(?:ignorier(?:e|en|t)|vergiss|vergessen|missachten?)" END ".{0,30}" WORD
         "(?:vorherigen|obigen|bisherigen|fruheren) (?:anweisungen|instruktionen|regeln|befehle)",
    "(?:игнорируи|забудь)(?:те)? (?:все )?(?:предыдущие|прежние) (?:инструкции|указания|команды)",
    "(?:以前|前|上記|これまで)の(?:すべての)?(?:指示|命令|プロンプト|ルール)を(?:無視|忘れ)",
    NULL,
};
