"""The optional cases of the JSON Schema Test Suite that come out otherwise, by reason.

A case is "file: group: test"; `test_validate.py` fails when one of them passes, or another does
not.
"""

NOT_OURS = {
    "integers beyond 64 bits are refused when JSON is read": [
        "bignum: integer: a bignum is an integer",
        "bignum: integer: a negative bignum is an integer",
        "bignum: maximum integer comparison: comparison works for high numbers",
        "bignum: minimum integer comparison: comparison works for very negative numbers",
        "bignum: number: a bignum is a number",
        "bignum: number: a negative bignum is a number",
        "bignum: string: a bignum is not a string",
    ],
    "only draft 2020-12 is known": [
        "cross-draft: refs to historic drafts are processed as historic drafts: first "
        "item not a string is valid",
    ],
    "a keyword of earlier drafts: dependentRequired and dependentSchemas stand for it": [
        "dependencies-compatibility: boolean subschemas: object with both properties is invalid",
        "dependencies-compatibility: boolean subschemas: object with property having "
        "schema false is invalid",
        "dependencies-compatibility: dependencies with escaped characters: CRLF missing dependent",
        "dependencies-compatibility: dependencies with escaped characters: quoted quotes "
        "missing dependent",
        "dependencies-compatibility: multiple dependents required: missing both dependencies",
        "dependencies-compatibility: multiple dependents required: missing dependency",
        "dependencies-compatibility: multiple dependents required: missing other dependency",
        "dependencies-compatibility: schema dependencies with escaped characters: quoted "
        "quote invalid under dependent schema",
        "dependencies-compatibility: schema dependencies with escaped characters: quoted quote",
        "dependencies-compatibility: schema dependencies with escaped characters: quoted "
        "tab invalid under dependent schema",
        "dependencies-compatibility: single dependency: missing dependency",
        "dependencies-compatibility: single schema dependency: wrong type both",
        "dependencies-compatibility: single schema dependency: wrong type other",
        "dependencies-compatibility: single schema dependency: wrong type",
    ],
    "lookbehinds of varying width are beyond PCRE2": [
        "format/ecmascript-regex: ECMA 262 lookbehind is valid, including variable "
        "width: a variable-width lookbehind (ES2018)",
    ],
    "labels that begin with xn-- are not decoded": [
        "format/hostname: validation of A-label (punycode) host names: Arabic-Indic "
        "digits mixed with Extended Arabic-Indic digits",
        "format/hostname: validation of A-label (punycode) host names: Begins with a "
        "Nonspacing Mark",
        "format/hostname: validation of A-label (punycode) host names: Begins with a "
        "Spacing Combining Mark",
        "format/hostname: validation of A-label (punycode) host names: Begins with an "
        "Enclosing Mark",
        "format/hostname: validation of A-label (punycode) host names: Exceptions that "
        "are DISALLOWED, left-to-right chars",
        "format/hostname: validation of A-label (punycode) host names: Exceptions that "
        "are DISALLOWED, right-to-left chars",
        "format/hostname: validation of A-label (punycode) host names: Greek KERAIA not "
        "followed by Greek",
        "format/hostname: validation of A-label (punycode) host names: Greek KERAIA not "
        "followed by anything",
        "format/hostname: validation of A-label (punycode) host names: Hebrew GERESH not "
        "preceded by Hebrew",
        "format/hostname: validation of A-label (punycode) host names: Hebrew GERESH not "
        "preceded by anything",
        "format/hostname: validation of A-label (punycode) host names: Hebrew GERSHAYIM "
        "not preceded by Hebrew",
        "format/hostname: validation of A-label (punycode) host names: Hebrew GERSHAYIM "
        "not preceded by anything",
        "format/hostname: validation of A-label (punycode) host names: KATAKANA MIDDLE "
        "DOT with no Hiragana, Katakana, or Han",
        "format/hostname: validation of A-label (punycode) host names: KATAKANA MIDDLE "
        "DOT with no other characters",
        "format/hostname: validation of A-label (punycode) host names: MIDDLE DOT with "
        "no following 'l'",
        "format/hostname: validation of A-label (punycode) host names: MIDDLE DOT with "
        "no preceding 'l'",
        "format/hostname: validation of A-label (punycode) host names: MIDDLE DOT with "
        "nothing following",
        "format/hostname: validation of A-label (punycode) host names: MIDDLE DOT with "
        "nothing preceding",
        "format/hostname: validation of A-label (punycode) host names: ZERO WIDTH JOINER "
        "not preceded by Virama",
        "format/hostname: validation of A-label (punycode) host names: ZERO WIDTH JOINER "
        "not preceded by anything",
        'format/hostname: validation of A-label (punycode) host names: contains "--" in '
        "the 3rd and 4th position",
        "format/hostname: validation of A-label (punycode) host names: contains illegal "
        "char U+302E Hangul single dot tone mark",
        "format/hostname: validation of A-label (punycode) host names: invalid Punycode",
    ],
    "the format idn-email is not known: any text fits": [
        "format/idn-email: validation of an internationalized e-mail addresses: a "
        "fullwidth commercial at is not a local-part separator",
        "format/idn-email: validation of an internationalized e-mail addresses: an "
        "invalid e-mail/idn e-mail address",
    ],
    "the format idn-hostname is not known: any text fits": [
        "format/idn-hostname: validation of internationalized host names: A-label that "
        "decodes to a Bidi rule violation is invalid",
        "format/idn-hostname: validation of internationalized host names: A-label that "
        "decodes to a disallowed code point is invalid",
        "format/idn-hostname: validation of internationalized host names: A-label that "
        "decodes to only ASCII is invalid",
        "format/idn-hostname: validation of internationalized host names: Arabic-Indic "
        "digits mixed with Extended Arabic-Indic digits",
        "format/idn-hostname: validation of internationalized host names: Begins with a "
        "Nonspacing Mark",
        "format/idn-hostname: validation of internationalized host names: Begins with a "
        "Spacing Combining Mark",
        "format/idn-hostname: validation of internationalized host names: Begins with an "
        "Enclosing Mark",
        "format/idn-hostname: validation of internationalized host names: Bidi domain "
        "name with a digit-first label is invalid",
        "format/idn-hostname: validation of internationalized host names: Exceptions "
        "that are DISALLOWED, left-to-right chars",
        "format/idn-hostname: validation of internationalized host names: Exceptions "
        "that are DISALLOWED, right-to-left chars",
        "format/idn-hostname: validation of internationalized host names: Greek KERAIA "
        "not followed by Greek",
        "format/idn-hostname: validation of internationalized host names: Greek KERAIA "
        "not followed by anything",
        "format/idn-hostname: validation of internationalized host names: Hebrew GERESH "
        "not preceded by Hebrew",
        "format/idn-hostname: validation of internationalized host names: Hebrew GERESH "
        "not preceded by anything",
        "format/idn-hostname: validation of internationalized host names: Hebrew "
        "GERSHAYIM not preceded by Hebrew",
        "format/idn-hostname: validation of internationalized host names: Hebrew "
        "GERSHAYIM not preceded by anything",
        "format/idn-hostname: validation of internationalized host names: KATAKANA "
        "MIDDLE DOT with no Hiragana, Katakana, or Han",
        "format/idn-hostname: validation of internationalized host names: KATAKANA "
        "MIDDLE DOT with no other characters",
        "format/idn-hostname: validation of internationalized host names: MIDDLE DOT "
        "with no following 'l'",
        "format/idn-hostname: validation of internationalized host names: MIDDLE DOT "
        "with no preceding 'l'",
        "format/idn-hostname: validation of internationalized host names: MIDDLE DOT "
        "with nothing following",
        "format/idn-hostname: validation of internationalized host names: MIDDLE DOT "
        "with nothing preceding",
        "format/idn-hostname: validation of internationalized host names: U-label "
        'contains "--" in the 3rd and 4th position',
        "format/idn-hostname: validation of internationalized host names: U-label ends with a dash",
        "format/idn-hostname: validation of internationalized host names: U-label starts "
        "and ends with a dash",
        "format/idn-hostname: validation of internationalized host names: U-label starts "
        "with a dash",
        "format/idn-hostname: validation of internationalized host names: ZERO WIDTH "
        "JOINER not preceded by Virama",
        "format/idn-hostname: validation of internationalized host names: ZERO WIDTH "
        "JOINER not preceded by anything",
        "format/idn-hostname: validation of internationalized host names: a U-label "
        "whose A-label form is longer than 63 octets is invalid",
        "format/idn-hostname: validation of internationalized host names: a name longer "
        "than 253 characters is invalid",
        "format/idn-hostname: validation of internationalized host names: a single label "
        "of 64 characters is too long",
        "format/idn-hostname: validation of internationalized host names: contains "
        "illegal char U+302E Hangul single dot tone mark",
        "format/idn-hostname: validation of internationalized host names: empty label "
        "between two dots is invalid",
        "format/idn-hostname: validation of internationalized host names: empty string",
        "format/idn-hostname: validation of internationalized host names: illegal first "
        "char U+302E Hangul single dot tone mark",
        "format/idn-hostname: validation of internationalized host names: invalid Punycode",
        "format/idn-hostname: validation of internationalized host names: invalid label, "
        "correct Punycode",
        "format/idn-hostname: validation of internationalized host names: label starting "
        "with a digit before a right-to-left letter is invalid",
        "format/idn-hostname: validation of internationalized host names: left-to-right "
        "label containing a right-to-left letter is invalid",
        "format/idn-hostname: validation of internationalized host names: non-canonical "
        "Punycode that does not re-encode to itself is invalid",
        "format/idn-hostname: validation of internationalized host names: right-to-left "
        "label mixing both digit types is invalid",
        "format/idn-hostname: validation of internationalized host names: zero width "
        "non-joiner must pass at every occurrence",
        "format/idn-hostname: validation of separators in internationalized host names: "
        "leading dot",
        "format/idn-hostname: validation of separators in internationalized host names: "
        "leading fullwidth full stop",
        "format/idn-hostname: validation of separators in internationalized host names: "
        "leading halfwidth ideographic full stop",
        "format/idn-hostname: validation of separators in internationalized host names: "
        "leading ideographic full stop",
        "format/idn-hostname: validation of separators in internationalized host names: single dot",
        "format/idn-hostname: validation of separators in internationalized host names: "
        "single fullwidth full stop",
        "format/idn-hostname: validation of separators in internationalized host names: "
        "single halfwidth ideographic full stop",
        "format/idn-hostname: validation of separators in internationalized host names: "
        "single ideographic full stop",
        "format/idn-hostname: validation of separators in internationalized host names: "
        "trailing dot",
        "format/idn-hostname: validation of separators in internationalized host names: "
        "trailing fullwidth full stop",
        "format/idn-hostname: validation of separators in internationalized host names: "
        "trailing halfwidth ideographic full stop",
        "format/idn-hostname: validation of separators in internationalized host names: "
        "trailing ideographic full stop",
    ],
    "the format iri-reference is not known: any text fits": [
        "format/iri-reference: validation of IRI References: an invalid IRI Reference",
        "format/iri-reference: validation of IRI References: an invalid IRI fragment",
    ],
    "the format iri is not known: any text fits": [
        "format/iri: validation of IRIs: a trailing newline after a valid IRI is invalid",
        "format/iri: validation of IRIs: an IPv6 address without enclosing brackets is invalid",
        "format/iri: validation of IRIs: an IPv6 host whose embedded IPv4 has a leading "
        "zero is invalid",
        "format/iri: validation of IRIs: an invalid IRI though valid IRI reference",
        "format/iri: validation of IRIs: an invalid IRI",
        "format/iri: validation of IRIs: an invalid relative IRI Reference",
    ],
    "text with a NUL has no format": [
        "format/json-pointer: validation of JSON-pointers (JSON String Representation): "
        "valid JSON-pointer (control characters allowed after JSON unescaping)",
    ],
    "the format uri-template is not known: any text fits": [
        "format/uri-template: format: uri-template: a default value in a varspec is invalid",
        "format/uri-template: format: uri-template: a delete character in a literal is invalid",
        "format/uri-template: format: uri-template: a double dot in a variable name is invalid",
        "format/uri-template: format: uri-template: a five-digit prefix max-length is invalid",
        "format/uri-template: format: uri-template: a leading zero in the prefix "
        "max-length is invalid",
        "format/uri-template: format: uri-template: a space in a literal is invalid",
        "format/uri-template: format: uri-template: a trailing comma in the variable "
        "list is invalid",
        "format/uri-template: format: uri-template: a zero prefix max-length is invalid",
        "format/uri-template: format: uri-template: an empty expression is invalid",
        "format/uri-template: format: uri-template: an empty varspec inside the variable "
        "list is invalid",
        "format/uri-template: format: uri-template: an invalid uri-template",
        "format/uri-template: format: uri-template: an operator in place of the first "
        "varspec is invalid",
        "format/uri-template: format: uri-template: an unmatched closing brace is invalid",
    ],
}
