"""The config files that the operator (or `modelserver run`) writes and the runtime reads.

This is one half of the contract between operator and runtime; the other half are the port names, the probe paths
and the metric names. The start part cannot change while the process lives, the live part can.
Keys are camelCase, as in the object. Reading a file, and the sentences about a bad one, are in `yaml_file`; what
environment and flags put over it, in `sources`.
"""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from modelserver_runtime.config.values import (
    Day,
    FilePath,
    Name,
    Option,
    Origin,
    Port,
    Positive,
    Seconds,
    distinct,
    no_url,
)

SCHEMA_VERSION = 1


class Part(BaseModel):
    """One mapping of a config file; whether an unknown key is an error is the reader's choice, not the model's."""

    model_config = ConfigDict(alias_generator=to_camel, strict=True, frozen=True, allow_inf_nan=False)


class Server(Part):
    """Where to listen, and the names under which the base model answers (the object's own name first)."""

    name: Name
    served_names: Annotated[tuple[Name, ...], Field(min_length=1, strict=False), AfterValidator(distinct)]
    host: Annotated[str, Field(min_length=1)] = "0.0.0.0"
    http_port: Port = 8000
    control_port: Port = 9000
    keep_alive_seconds: Positive = 65

    @model_validator(mode="after")
    def _two_ports(self) -> Self:
        if self.http_port == self.control_port:
            raise ValueError("httpPort and controlPort must differ")
        return self


class Model(Part):
    """The base model: a Hugging Face folder on this machine."""

    path: FilePath


class Engine(Part):
    """What vLLM is started with. `arguments` are vLLM's own options without dashes; "" stands for a bare flag."""

    device: Literal["Cuda", "Cpu"]
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    max_context_tokens: Positive
    max_sequences: Positive = 64
    accelerator_memory_percent: Annotated[int, Field(ge=1, le=100)] = 90
    tensor_parallel_size: Positive = 1
    pipeline_parallel_size: Positive = 1
    stream_interval_tokens: Positive = 1
    system_date: Day | None = None  # the day that prompts speak of; None: that of the start
    arguments: dict[Option, str] = {}


class Admission(Part):
    """How many requests run and wait, for how long, and how large a body may be; left out, as the profile Balanced."""

    max_running: Positive
    max_waiting: Annotated[int, Field(ge=0)] = 50
    queue_timeout_seconds: Positive = 30
    request_timeout_seconds: Positive = 300
    max_body_bytes: Positive = 1_048_576
    refuse_early_above_percent: Annotated[int, Field(ge=1, le=100)] | None = None  # None: not before the line is full


class Generation(Part):
    """What is generated where a request is silent, and the most that it may ask for; None: the engine's own default."""

    max_tokens: Positive | None = None
    max_tokens_limit: Positive | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    reasoning_effort: Literal["Low", "Medium", "High"] | None = None

    @model_validator(mode="after")
    def _within_the_limit(self) -> Self:
        if self.max_tokens and self.max_tokens_limit and self.max_tokens > self.max_tokens_limit:
            raise ValueError(f"maxTokens ({self.max_tokens}) must not exceed maxTokensLimit ({self.max_tokens_limit})")
        return self


class Auth(Part):
    """Who may ask: `keys_path` is a folder with one file a key, whose name is the client's."""

    keys_path: FilePath


class RateLimit(Part):
    """How much one client may ask for; None: as much as it likes. The file at `redis_url_path` holds a URL."""

    requests_per_minute_per_client: Positive | None = None
    tokens_per_minute_per_client: Positive | None = None
    redis_url_path: Annotated[FilePath, AfterValidator(no_url)] | None = None

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if not (self.requests_per_minute_per_client or self.tokens_per_minute_per_client):
            raise ValueError("needs requestsPerMinutePerClient, tokensPerMinutePerClient or both")
        return self


class Cors(Part):
    """The origins whose pages may call; `*` is all."""

    allowed_origins: Annotated[tuple[Origin, ...], Field(min_length=1, strict=False)]


class Health(Part):
    """When an engine counts as stalled (unready), as dead (to be restarted), and as broken (left alone for a while)."""

    stalled_seconds: Positive = 60  # requests run and no engine step: a step of the longest prefill takes seconds
    dead_seconds: Positive = 300
    breaker_failures: Positive = 5  # one after another
    breaker_open_seconds: Positive = 10

    @model_validator(mode="after")
    def _stalled_before_dead(self) -> Self:
        if self.dead_seconds <= self.stalled_seconds:
            raise ValueError(
                f"deadSeconds ({self.dead_seconds}) must be more than stalledSeconds ({self.stalled_seconds})"
            )
        return self


class Drain(Part):
    """SIGTERM: seconds in which endpoints still send here, then the seconds in which accepted requests may finish."""

    lame_duck_seconds: Seconds = 5
    drain_seconds: Seconds = 360


class File(Part):
    """A path to a file or folder on this machine."""

    path: FilePath


class Steering(Part):
    """How many distinct mixes may be in flight for a request to bring another. It holds where there are vectors."""

    max_active_mixes: Positive = 64


class StartConfig(Part):
    """The start part (start.yaml). A change of it is a new pod."""

    schema_version: int
    server: Server
    profile: str = ""  # for display only
    model: Model
    engine: Engine
    admission: Admission
    generation: Generation = Generation()
    auth: Auth | None = None
    rate_limit: RateLimit | None = None
    cors: Cors | None = None
    health: Health = Health()
    drain: Drain = Drain()
    live: File | None = None
    vectors: File | None = None
    steering: Steering = Steering()


class Term(Part):
    """One vector of a mix and its scale."""

    vector: Name
    scale: Annotated[float, Field(ge=-4, le=4)]


class Mix(Part):
    """Vectors added together, for all tokens or for generated ones only."""

    mix: Annotated[tuple[Term, ...], Field(min_length=1, strict=False)]
    phase: Literal["all", "decode"] = "all"


class Variant(Mix):
    """A served name that is the base model with a mix."""

    name: Name


class Emotions(Part):
    """The mapping from names to mixes; `default` steers the base names, `per_request` lets callers send their own."""

    per_request: Literal["Enabled", "Disabled"] = "Enabled"
    default: Mix | None = None
    variants: Annotated[tuple[Variant, ...], Field(strict=False)] = ()


class LiveConfig(Part):
    """The live part (live.yaml). A change of it takes effect without a restart."""

    schema_version: int
    emotions: Emotions = Emotions()
