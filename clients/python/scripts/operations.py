"""From the paths of openapi.yaml to typed methods: path parameters, query and body in one list of keywords.

The server declares the numbers of a query as text, since it refuses bad ones by itself; here they are numbers.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import Any

import schemas
from schemas import Schema, Unsupported, annotation, sentence, snake

#: Not a call: the follower of events reads this one by itself.
LEFT_OUT = {"streamEvents"}
NUMBERS = {"limit", "since", "wait", "n"}
FLAGS = {"unread", "content_html"}


@dataclass
class Operation:
    name: str
    method: str
    path: str
    summary: str
    description: str
    keywords: list[str] = field(default_factory=list)
    optional: list[str] = field(default_factory=list)
    query: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)
    answer: str = "None"
    upload: bool = False
    download: bool = False

    def source(self) -> str:
        """A method of the class `Api`."""
        everything = self.keywords + self.optional
        signature = f"self, *, {', '.join(everything)}" if everything else "self"
        said = textwrap.wrap(sentence(self.description), 116) if self.description else []
        text = "\n        ".join([sentence(self.summary), *([""] if said else []), *said])
        word = "def" if self.download else "async def"
        answer = "Download" if self.download else self.answer
        return "\n".join(
            [
                f"    {word} {self.name}({signature}) -> {answer}:",
                f'        """{text}"""' if not said else f'        """{text}\n        """',
                f"        {self._body()}",
                "",
            ]
        )

    def _body(self) -> str:
        if self.download:
            return f"return self._rest.download({self.path})"
        if self.upload:
            return (
                f"return await self._rest.upload({self.answer}, {self.path}, file, filename=filename, "
                "idempotency_key=idempotency_key, on_progress=on_progress)"
            )
        given = [self.answer, f'"{self.method}"', self.path]
        if self.query:
            given.append("query={" + ", ".join(f'"{name}": {name}' for name in self.query) + "}")
        if self.body:
            given.append("body={" + ", ".join(f'"{name}": {name}' for name in self.body) + "}")
        call = f"await self._rest.call({', '.join(given + self.arguments)})"
        return f"return {call}" if self.answer != "None" else call


def operations(document: Schema) -> list[Operation]:
    found = []
    for path, methods in document["paths"].items():
        shared = methods.get("parameters", [])
        for method, said in methods.items():
            if method != "parameters" and said["operationId"] not in LEFT_OUT:
                found.append(_operation(document, path, method.upper(), said, shared))
    return found


def _operation(document: Schema, path: str, method: str, said: Schema, shared: list[Schema]) -> Operation:
    operation = Operation(snake(said["operationId"]), method, "", said.get("summary", ""), said.get("description", ""))
    for parameter in shared + said.get("parameters", []):
        _parameter(operation, parameter)
    operation.path = _path(path)
    _body(operation, document, said.get("requestBody"))
    _answer(operation, said["responses"])
    return operation


def _path(path: str) -> str:
    if "{" not in path:
        return f'"{path}"'
    return 'f"' + path.replace("{", "{segment(").replace("}", ")}") + '"'


def _parameter(operation: Operation, parameter: Schema) -> None:
    name, place = parameter["name"], parameter["in"]
    kind = "int" if name in NUMBERS else "bool" if name in FLAGS else annotation(parameter["schema"])[0]
    if place == "path":
        operation.keywords.append(f"{name}: {kind}")
    elif place == "query":
        operation.query.append(name)
        operation.optional.append(f"{name}: {kind} | None = None")
    elif name == "Idempotency-Key":
        operation.optional.append("idempotency_key: str | None = None")
        operation.arguments.append("idempotency_key=idempotency_key or new_key()")
    elif name == "If-Match":
        operation.optional.append("if_match: int | None = None")
        operation.arguments.append("if_match=if_match")
    else:
        raise Unsupported(f"{place} parameter {name}")


def _body(operation: Operation, document: Schema, body: Schema | None) -> None:
    if body is None:
        return
    content: dict[str, Any] = body["content"]
    if "multipart/form-data" in content:
        operation.upload = True
        operation.keywords.append("file: Source")
        operation.optional[:] = [
            "filename: str | None = None",
            "idempotency_key: str | None = None",
            "on_progress: Progress | None = None",
        ]
        return
    name = schemas.resolve(content["application/json"]["schema"])
    if name is None:
        raise Unsupported(f"the body of {operation.name}")
    members = []
    for member in schemas.fields(document["components"]["schemas"][name]):
        if any(word.split(":")[0] == member.name for word in operation.keywords + operation.optional):
            raise Unsupported(f"{operation.name} takes {member.name} twice")
        operation.body.append(member.name)
        if member.required:
            operation.keywords.append(f"{member.name}: {member.type}")
        else:
            kind = member.type if member.type == "Any" else f"{member.type} | None | Unset"
            members.append(f"{member.name}: {kind} = UNSET")
    operation.optional[:0] = members


def _answer(operation: Operation, responses: Schema) -> None:
    for status, response in responses.items():
        if not status.startswith("2"):
            continue
        content = response.get("content", {})
        if any(inner["schema"].get("format") == "binary" for inner in content.values() if "schema" in inner):
            operation.download = True
        elif "application/json" in content:
            schema = content["application/json"].get("schema", {})
            operation.answer = annotation(schema)[0] if schema else "Any"
