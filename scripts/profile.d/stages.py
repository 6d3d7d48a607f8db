"""The stages of a conversion, by the functions that do them, in Swift's mangled names.

A stack belongs to the first stage of which all patterns are found in it. Names are those of the sources: where a
function is renamed, or inlined into others, its share moves to the stage around it.
"""

import re

from costs import UNKNOWN

VERIFYING = r"^\$s7Reissue8(ReissuerV(6verify|8readings)|VerifierV)"
SEALING = r"^\$s7Reissue8ReissuerV4seal33_"
WORKING = r"^\$s7Reissue8ReissuerV7reissue"

STAGES = [
    ("verify: the library's reader", [VERIFYING, r"^\$s9Providers14ImportedReaderV4read"]),
    ("verify: comparing, and a second reading", [VERIFYING]),
    ("seal", [r"^\$s7Reissue(6SealerV|8ReissuerV4seal_)"]),
    ("open: decrypting, checking", [SEALING]),
    ("open and seal: deriving keys", [WORKING, r"PKCS12CryptographyPAAE9deriveAll|14ImportedCryptoV6derive"]),
    ("open: parsing, preparing", [WORKING]),
    ("write the outputs", [r"^\$s8Pipeline9PublisherC?V?"]),
    ("read and digest", [r"^\$s8Pipeline(10FileReaderV|8DigesterV|8ItemWorkV4read|8ItemTaskV(5begin|yACSi))"]),
    ("record", [r"^\$s8Pipeline(7JournalC|14ManifestWriterO|8ManifestV|8ItemTaskV6record)|JSONEncoder"]),
    ("begin and end", [r"^(_start|_dl_start|_dl_start_user|recapi_main)$"]),
    ("hand out work", [r"^\$s8Pipeline|^_dispatch_|^start_thread$"]),
]
VERIFICATION = [name for name, _ in STAGES if name.startswith("verify")]
BEGINNING = "begin and end"
_compiled = [(name, [re.compile(pattern) for pattern in patterns]) for name, patterns in STAGES]


def stage(symbols):
    """The stage of a stack, or ``UNKNOWN``."""
    for name, patterns in _compiled:
        if all(any(pattern.search(symbol) for symbol in symbols) for pattern in patterns):
            return name
    return UNKNOWN


def entered(symbol, current):
    """The stage inside a function that is called in another stage."""
    order = [name for name, _ in _compiled] + [UNKNOWN]
    for name, patterns in _compiled[:order.index(current)]:
        around = dict(_compiled).get(current, [None])
        if patterns[-1].search(symbol) and (len(patterns) == 1 or patterns[0] is around[0]):
            return name
    return current
