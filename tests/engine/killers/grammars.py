"""Schemas, patterns and grammars."""

from tests.engine.killers.bodies import (
    CHAT,
    COMPLETIONS,
    CYCLE,
    ENUM,
    EXPLODING,
    GRAMMAR_LEFT,
    GRAMMAR_LOOP,
    MANY_ITEMS,
    RECURSIVE,
    REPEATED,
    RESPONSES,
    Killer,
    chain,
    chat,
    completion,
    nested,
    nested_schema,
    response,
    schema_format,
    tool,
)

KILLERS = (
    Killer(
        "50,000 choices",
        COMPLETIONS,
        (completion(structured_outputs={"choice": [f"c{i}" for i in range(50000)]}),),
        400,
    ),
    Killer(
        "a choice of 100,000 characters", COMPLETIONS, (completion(structured_outputs={"choice": ["x" * 100000]}),), 400
    ),
    Killer(
        "a pattern of 250,000 characters",
        COMPLETIONS,
        (completion(structured_outputs={"regex": "(a|b)" * 50000}),),
        400,
    ),
    Killer(
        "a pattern of 50,000 characters", COMPLETIONS, (completion(structured_outputs={"regex": "(a|b)" * 10000}),), 400
    ),
    Killer(
        "a pattern that repeats repetitions of repetitions",
        COMPLETIONS,
        (completion(structured_outputs={"regex": EXPLODING}),),
        200,
    ),
    Killer(
        "50,000 brackets in a pattern",
        COMPLETIONS,
        (completion(structured_outputs={"regex": "(" * 50000 + "a" + ")" * 50000}),),
        400,
    ),
    Killer("a NUL in a pattern", COMPLETIONS, (completion(structured_outputs={"regex": "\u0000+"}),), 400),
    Killer("a grammar that is itself", COMPLETIONS, (completion(structured_outputs={"grammar": GRAMMAR_LOOP}),), 400),
    Killer(
        "a grammar of 50,000 rules",
        COMPLETIONS,
        (completion(structured_outputs={"grammar": "root ::= " + " | ".join(f'"{i}"' for i in range(50000))}),),
        400,
    ),
    Killer("a left-recursive grammar", COMPLETIONS, (completion(structured_outputs={"grammar": GRAMMAR_LEFT}),), 400),
    Killer(
        "another backend for grammars",
        COMPLETIONS,
        (completion(structured_outputs={"regex": "a", "_backend": "nope"}),),
        400,
    ),
    Killer(
        "a pattern for white space",
        COMPLETIONS,
        (completion(structured_outputs={"json": {"type": "object"}, "whitespace_pattern": EXPLODING}),),
        400,
    ),
    Killer(
        "a schema and a pattern at once", COMPLETIONS, (completion(structured_outputs={"json": {}, "regex": "a"}),), 400
    ),
    Killer("no constraint at all", COMPLETIONS, (completion(structured_outputs={}),), 400),
    Killer("a schema that refers to itself", CHAT, (chat(response_format=schema_format({"$ref": "#"})),), 400),
    Killer("two schemas that refer to each other", CHAT, (chat(response_format=schema_format(CYCLE)),), 400),
    Killer(
        "a schema that is all of itself", CHAT, (chat(response_format=schema_format({"allOf": [{"$ref": "#"}]})),), 400
    ),
    Killer("a chain of 12,000 references", CHAT, (chat(response_format=schema_format(chain(12_000))),), 400),
    Killer("a chain of 4,000 references", CHAT, (chat(response_format=schema_format(chain(4000))),), 400),
    Killer("300,000 alternatives", CHAT, (chat(tools=[tool({"anyOf": [{}] * 300_000})]),), 400),
    Killer("20,000 values of an enum", CHAT, (chat(response_format=schema_format(ENUM)),), 400),
    Killer(
        "a property with a name of 100,000 characters",
        CHAT,
        (chat(response_format=schema_format({"type": "object", "properties": {"x" * 100000: {"type": "string"}}})),),
        400,
    ),
    Killer("a schema of 300 levels", CHAT, (chat(response_format=schema_format(nested_schema(300))),), 400),
    Killer("a schema of 40 trees", CHAT, (chat(response_format=schema_format(RECURSIVE)),), 200),
    Killer("an array of a million items", CHAT, (chat(response_format=schema_format(MANY_ITEMS)),), 200),
    Killer("a text of a million characters", CHAT, (chat(response_format=schema_format(REPEATED)),), 200),
    Killer(
        "a schema with a pattern that explodes",
        CHAT,
        (chat(response_format=schema_format({"type": "string", "pattern": EXPLODING})),),
        200,
    ),
    Killer(
        "a schema that nothing fulfils",
        CHAT,
        (chat(response_format=schema_format({"type": "integer", "minimum": 10, "maximum": 5})),),
        400,
    ),
    Killer("a schema that forbids everything", CHAT, (chat(response_format=schema_format({"not": {}})),), 200),
    Killer(
        "a schema with bounds of 2^70",
        CHAT,
        (chat(response_format=schema_format({"type": "integer", "minimum": -(2**70), "maximum": 2**70})),),
        400,
    ),
    Killer(
        "a schema on another server",
        CHAT,
        (chat(response_format=schema_format({"$ref": "http://127.0.0.1:1/x"})),),
        200,
    ),
    Killer(
        "a structural tag of 900 levels",
        CHAT,
        (chat(response_format={"type": "structural_tag", "format": nested(900)}),),
        400,
    ),
    Killer(
        "a tool's schema of 300 levels", CHAT, (chat(tools=[tool(nested_schema(300))], tool_choice="required"),), 400
    ),
    Killer(
        "2,000 tools",
        CHAT,
        (chat(tools=[tool({"type": "object"}, f"f{i}") for i in range(2000)], tool_choice="required"),),
        400,
    ),
    Killer("a tool's choice without tools", CHAT, (chat(tool_choice="required"),), 400),
    Killer(
        "a tool on another server",
        RESPONSES,
        (response(tools=[{"type": "mcp", "server_label": "x", "server_url": "http://127.0.0.1:1"}]),),
        400,
    ),
)
