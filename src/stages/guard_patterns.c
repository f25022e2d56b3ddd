/* Patterns over folded text: small letters, no marks, one blank between words (base/folded.h). */
#include "stages/guard.h"

#define OLD "(?:previous|prior|above|earlier|preceding|foregoing|initial|original|system)"
#define ORDERS                                                                             \
    "(?:instructions?|prompts?|rules?|directions?|directives?|guidelines?|messages?|text|" \
    "context|commands?|orders?)"

const char *const guard_known_patterns[] = {
    /* orders to forget the orders */
    "\\b(?:ignore|disregard|forget|override|bypass|skip|neglect)\\b(?: (?:all|any|everything|each|"
    "of|the|your|my|these|those|that|and|other)){0,5} " OLD "(?: " ORDERS ")?",
    "\\b(?:ignore|disregard|forget|override|bypass)\\b(?: "
    "(?:all|any|of|the|your|these|those)){1,4} " ORDERS,
    "\\bforget (?:everything|anything|all)\\b(?: (?:above|before|prior|you (?:know|were told)))?",
    "\\bdo not follow\\b.{0,20}\\b" ORDERS,
    "\\bnew " ORDERS " ?:",
    /* another role */
    "\\byou are (?:now|no longer)\\b.{0,40}\\b(?:dan|jailbroken|unrestricted|unfiltered|developer "
    "mode|assistant|ai|model|bot)\\b",
    "\\b(?:enable|enter|activate|switch "
    "to)\\b.{0,20}\\b(?:developer|debug|god|admin|jailbreak|dan) "
    "mode\\b",
    "\\b(?:do anything now|jailbreak(?:en|ed)?)\\b",
    "\\bpretend (?:to be|that you are|you are)\\b.{0,40}\\b(?:without|no) (?:any )?"
    "(?:restrictions|rules|filters|limits)\\b",
    /* what must stay secret */
    "\\b(?:reveal|show|print|repeat|output|display|tell|give|leak|write)\\b(?: (?:me|us|out|all|of|"
    "the|your|full|exact|entire)){0,5} (?:system|hidden|initial|secret|original) (?:prompts?|"
    "instructions?|messages?)",
    "\\brepeat (?:everything|all|the words|the text) above\\b",
    /* markers of roles and of templates */
    "(?:^|[\\n.!?;\"'>)\\]} ])(?:system|assistant|developer) ?:",
    "<\\|[a-z_]{2,32}\\|>",
    "\\[/?inst\\]|<</?sys>>|</?s>",
    "#{2,} ?(?:system|instructions?|assistant|response) ?:?",
    "</?(?:system|assistant|instructions?)>",
    /* in other languages */
    "(?:忽略|无视|忘记|忘掉|不要理会)(?:你|您)?(?:之前|以前|此前|以上|上述|上面|前面|先前|所有|"
    "一切)(?:的)?"
    "(?:所有|一切|全部)?(?:的)?(?:指令|指示|提示|提示词|说明|要求|规则|内容|对话|命令)?",
    "(?:输出|显示|告诉我|重复|泄露)(?:你|您)?(?:的)?(?:系统|初始|隐藏)(?:提示|提示词|指令)",
    "\\b(?:ignore[zr]?|oublie[zr]?|ne tiens pas compte "
    "de[s]?)\\b.{0,30}\\b(?:instructions?|consignes?"
    ") (?:precedentes?|ci-dessus|anterieures?)",
    "\\b(?:ignora|olvida|omite)\\b.{0,30}\\b(?:instrucciones|ordenes|reglas) (?:anteriores|previas|"
    "de arriba)",
    "\\b(?:ignoriere|vergiss|missachte)\\b.{0,30}\\b(?:vorherigen|obigen|bisherigen|fruheren) "
    "(?:anweisungen|instruktionen|regeln|befehle)",
    "(?:игнорируи|забудь)(?:те)? (?:все )?(?:предыдущие|прежние) (?:инструкции|указания|команды)",
    "(?:以前|前|上記|これまで)の(?:すべての)?(?:指示|命令|プロンプト|ルール)を(?:無視|忘れ)",
    NULL,
};
