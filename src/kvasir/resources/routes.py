"""Under which addresses a chat deployment is reached."""

from typing import Annotated, ClassVar

from pydantic import Field

from kvasir.resources.containers import MapOf
from kvasir.resources.meta import Model
from kvasir.resources.rules import Rule, exactly_one
from kvasir.resources.scalars import AnnotationValue, Host, Integer, Line, Name, NamespaceName, ObjectName

URLPath = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^/\S*$")]


class IngressTLS(Model):
    secret_name: ObjectName | None = Field(
        default=None,
        description="Secret with the certificate; absent means the ingress controller's default certificate.",
        examples=["acme-tls"],
    )


class IngressRoute(Model):
    host: Host = Field(description="Host; must be among the tenant's domains.", examples=["acme.localhost"])
    path: URLPath = Field(default="/", description="Start of the URL paths.")
    class_name: ObjectName | None = Field(
        default=None,
        description="IngressClass; absent means the cluster's default.",
        examples=["contour"],
    )
    tls: IngressTLS | None = Field(default=None, description="HTTPS settings; absent means plain HTTP.")
    annotations: MapOf[AnnotationValue] = Field(
        default={},
        max_length=32,
        description="More annotations for the Ingress.",
    )


class ParentReference(Model):
    """A Gateway that the HTTPRoute attaches to."""

    name: ObjectName = Field(description="Name of the Gateway.", examples=["public"])
    namespace: NamespaceName | None = Field(
        default=None,
        description="Namespace of the Gateway; absent means the same one.",
        examples=["gateways"],
    )
    section_name: Line | None = Field(default=None, description="Listener of the Gateway; absent means all.")
    port: Annotated[Integer, Field(ge=1, le=65535)] | None = Field(default=None, description="Port of the listener.")


class GatewayRoute(Model):
    host: Host = Field(description="Host; must be among the tenant's domains.", examples=["acme.example.com"])
    path: URLPath = Field(default="/", description="Start of the URL paths.")
    parent_refs: tuple[ParentReference, ...] = Field(
        min_length=1,
        max_length=8,
        description="Gateways to attach to.",
        json_schema_extra={"x-kubernetes-list-type": "atomic"},
    )


class Route(Model):
    """Exactly one of ingress and httpRoute is set."""

    rules: ClassVar[tuple[Rule, ...]] = (exactly_one("ingress", "http_route"),)
    name: Name = Field(description="Name within the deployment.", examples=["web"])
    ingress: IngressRoute | None = Field(default=None, description="An Ingress; on a laptop, a host of the gateway.")
    http_route: GatewayRoute | None = Field(default=None, description="An HTTPRoute of the Gateway API.")
