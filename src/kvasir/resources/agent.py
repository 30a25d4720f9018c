"""How a chat deployment talks: prompt, personas, tools, memory."""

from typing import Annotated, ClassVar

from pydantic import Field

from kvasir.resources.containers import NamedList, SetList
from kvasir.resources.meta import Empty, Model, SecretReference
from kvasir.resources.rules import Rule, exactly_one
from kvasir.resources.scalars import Flag, Fraction, Integer, Line, Name, Prompt, WebURL


class Persona(Model):
    """A voice of the same deployment, addressed as its own model id `deployment/persona`."""

    name: Name = Field(description="Name within the deployment.", examples=["tutor"])
    display_name: Line | None = Field(default=None, description="Name for people.")
    prompt: Prompt = Field(min_length=1, description="What is added to the deployment's prompt.")
    temperature: Annotated[float, Field(ge=0, le=2, strict=True, allow_inf_nan=False)] | None = Field(
        default=None,
        description="Randomness of the model, 0 to 2; absent means the model's setting.",
    )


class MCPTool(Model):
    """Tools of a server that speaks the Model Context Protocol."""

    url: WebURL = Field(description="Streamable HTTP endpoint.", examples=["https://tools.example.com/mcp"])
    headers_secret_ref: SecretReference | None = Field(
        default=None,
        description="Secret whose keys and values are sent as headers.",
    )
    allow: SetList[Line] = Field(
        default=(),
        max_length=64,
        description="Names of the tools that may be called; absent means all.",
    )
    timeout_seconds: Annotated[Integer, Field(ge=1, le=600)] = Field(default=30, description="Seconds per call.")


class Tool(Model):
    """Something the agent may call. Exactly one of search, calculator and mcp is set."""

    rules: ClassVar[tuple[Rule, ...]] = (exactly_one("search", "calculator", "mcp"),)
    name: Name = Field(description="Name within the deployment.", examples=["search"])
    search: Empty | None = Field(default=None, description="Search of the knowledge bases by the model itself; `{}`.")
    calculator: Empty | None = Field(default=None, description="Arithmetic; `{}`.")
    mcp: MCPTool | None = Field(default=None, description="Tools of an MCP server.")


class Memory(Model):
    turns: Annotated[Integer, Field(ge=0, le=200)] = Field(
        default=10,
        description="Latest turns of a stored conversation that the model sees.",
    )
    long_term: Flag = Field(
        default=False, description="Whether facts about a user are remembered across conversations."
    )
    recall_threshold: Fraction | None = Field(
        default=None,
        description="Similarity, 0 to 1, from which a remembered fact is recalled.",
    )


class Agent(Model):
    prompt: Prompt | None = Field(
        default=None,
        description="System prompt; absent means the built-in one.",
        examples=["You answer questions about Acme's products, briefly."],
    )
    personas: NamedList[Persona] = Field(default=(), max_length=32, description="Voices of this deployment.")
    tools: NamedList[Tool] = Field(default=(), max_length=32, description="What the agent may call.")
    memory: Memory | None = Field(default=None, description="What is remembered; absent means the built-in settings.")
