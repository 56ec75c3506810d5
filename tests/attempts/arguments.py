"""Engine options that would run code, read files or undo a promise, in every spelling that vLLM might take for one."""

from tests.attempts.attempt import API_SERVER, CLASS, Attempt, Manifest


def _asks(**arguments: str) -> Manifest:
    """Keyword arguments with underscores for dashes."""
    return _exactly({name.replace("_", "-"): value for name, value in arguments.items()})


def _exactly(arguments: Manifest) -> Manifest:
    return {"engine": {"arguments": arguments}}


KEYS = "keys must match"
NOT_ALLOWED = "Class guarded does not allow"

SPELLINGS = (
    Attempt("underscores", API_SERVER, KEYS, _exactly({"trust_remote_code": ""})),
    Attempt("capitals", API_SERVER, KEYS, _exactly({"Trust-Remote-Code": ""})),
    Attempt("dashes before the name", API_SERVER, KEYS, _exactly({"--trust-remote-code": ""})),
    Attempt("a short option", API_SERVER, KEYS, _exactly({"-O3": ""})),
    Attempt("a name with a newline", API_SERVER, KEYS, _exactly({"trust-remote-code\n": ""})),
    Attempt("a name with another in a second line", API_SERVER, KEYS, _exactly({"seed\n--trust-remote-code": "1"})),
    Attempt("a name with another after a space", API_SERVER, KEYS, _exactly({"seed --trust-remote-code": ""})),
    Attempt("a name with its value", API_SERVER, KEYS, _exactly({"trust-remote-code=true": ""})),
    Attempt("a letter of another alphabet", API_SERVER, KEYS, _exactly({"trust-remote-c\u043ede": ""})),
    Attempt("a dash that only looks like one", API_SERVER, KEYS, _exactly({"trust\u2011remote\u2011code": ""})),
    Attempt("a part of an option with dots", API_SERVER, KEYS, _exactly({"compilation-config.level": "3"})),
    Attempt("no name", API_SERVER, KEYS, _exactly({"": "x"})),
    Attempt("an endless name", API_SERVER, KEYS, _exactly({"s" * 65: "1"})),
    Attempt("an endless value", API_SERVER, "spec.engine.arguments", _exactly({"seed": "1" * 1025})),
    Attempt("a value that is an object", API_SERVER, "spec.engine.arguments.seed", _exactly({"seed": {"a": "b"}})),
    Attempt("a list of words", API_SERVER, "must be of type object", {"engine": {"arguments": ["--seed=1"]}}),
)

OPTIONS = (
    Attempt("code of the model", CLASS, f"{NOT_ALLOWED} trust-remote-code", _asks(trust_remote_code="")),
    Attempt(
        "code of the model, said as true", CLASS, f"{NOT_ALLOWED} trust-remote-code", _asks(trust_remote_code="true")
    ),
    Attempt("an option's opposite", CLASS, f"{NOT_ALLOWED} no-trust-remote-code", _asks(no_trust_remote_code="")),
    Attempt("an abbreviation that argparse completes", CLASS, f"{NOT_ALLOWED} trust-remote", _asks(trust_remote="")),
    Attempt("the shortest abbreviation", CLASS, f"{NOT_ALLOWED} tr", _asks(tr="")),
    Attempt("an abbreviation of an allowed option", CLASS, f"{NOT_ALLOWED} see", _asks(see="1")),
    Attempt("middleware", CLASS, "it would run code before ours", _asks(middleware="evil.Middleware")),
    Attempt("a chat template's file", CLASS, f"{NOT_ALLOWED} chat-template", _asks(chat_template="/models/x.jinja")),
    Attempt("adapters", CLASS, f"{NOT_ALLOWED} lora-modules", _asks(lora_modules="x=/models/x")),
    Attempt(
        "a tool parser's code", CLASS, f"{NOT_ALLOWED} tool-parser-plugin", _asks(tool_parser_plugin="/models/x.py")
    ),
    Attempt(
        "a reasoning parser's code",
        CLASS,
        f"{NOT_ALLOWED} reasoning-parser-plugin",
        _asks(reasoning_parser_plugin="/models/x.py"),
    ),
    Attempt("a worker of one's own", CLASS, f"{NOT_ALLOWED} worker-cls", _asks(worker_cls="evil.Worker")),
    Attempt("a worker's extension", CLASS, f"{NOT_ALLOWED} worker-extension-cls", _asks(worker_extension_cls="evil.X")),
    Attempt("a logits processor", CLASS, f"{NOT_ALLOWED} logits-processors", _asks(logits_processors="evil:X")),
    Attempt("a file of options", CLASS, "it would bring in options unseen", _asks(config="/models/options.yaml")),
    Attempt("a file of options, negated", CLASS, "it would bring in options unseen", _asks(no_config="")),
    Attempt("files of the container", CLASS, f"{NOT_ALLOWED} allowed-local-media", _asks(allowed_local_media_path="/")),
    Attempt("another tokenizer", CLASS, f"{NOT_ALLOWED} tokenizer", _asks(tokenizer="evil/tokenizer")),
    Attempt(
        "overrides of the model's config", CLASS, f"{NOT_ALLOWED} hf-overrides", _asks(hf_overrides='{"auto_map":{}}')
    ),
    Attempt("a connector for the cache", CLASS, f"{NOT_ALLOWED} kv-transfer-config", _asks(kv_transfer_config="{}")),
    Attempt("another model", CLASS, "model is set by spec.model", _asks(model="evil/model")),
    Attempt("another address", CLASS, "host is set by the runtime", _asks(host="0.0.0.0")),
    Attempt("the callers' prompts", CLASS, "prompts are not logged", _asks(enable_log_requests="")),
)

VALUES = (
    Attempt("what the class has fixed", CLASS, "Class guarded fixes enforce-eager", _asks(enforce_eager="")),
    Attempt("the opposite of what is fixed", CLASS, "fixes enforce-eager", _asks(no_enforce_eager="")),
    Attempt("the opposite of an allowed flag", CLASS, f"{NOT_ALLOWED} no-enable", _asks(no_enable_prefix_caching="")),
    Attempt("a value outside the pattern", CLASS, "only as [0-9]{1,4}, not '12345'", _asks(seed="12345")),
    Attempt("a newline after an allowed value", CLASS, "not '1\\n'", _asks(seed="1\n")),
    Attempt("a newline that $ lets through", CLASS, "not '16\\n'", _asks(block_size="16\n")),
    Attempt("another option in the value", CLASS, "not '1 --trust", _asks(seed="1 --trust-remote-code")),
    Attempt("another option in a second line", CLASS, "not '1\\n--trust", _asks(seed="1\n--trust-remote-code")),
    Attempt("no value where one is needed", CLASS, "not ''", _asks(seed="")),
    Attempt("JSON as the value", CLASS, "allows seed only as", _asks(seed='{"trust_remote_code": true}')),
    Attempt("digits of another script", CLASS, "allows seed only as", _asks(seed="\u0661\u0662")),
    Attempt(
        "more after the first alternative", CLASS, "allows kv-cache-dtype only as", _asks(kv_cache_dtype="auto,evil")
    ),
    Attempt(
        "more before the last alternative", CLASS, "allows kv-cache-dtype only as", _asks(kv_cache_dtype="evil,fp8")
    ),
    Attempt("a value for a flag", CLASS, "allows enable-prefix-caching only as", _asks(enable_prefix_caching="false")),
)

ATTEMPTS = (*SPELLINGS, *OPTIONS, *VALUES)
