"""The headers that every answer carries: what a browser may load, keep and tell others."""

from flask import Flask, Request, Response, request

from trial.config import Settings

POLICY = "; ".join(
    (
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "report-uri /content-report",
    )
)
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
A_YEAR = "max-age=31536000; includeSubDomains"


def harden(app: Flask, settings: Settings) -> None:
    """Put the headers on every answer of an application, error pages included."""

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in ALWAYS.items():
            response.headers[name] = value
        if settings.secure_cookies:
            response.headers["Strict-Transport-Security"] = A_YEAR
        if not _is_static(request):
            response.headers["Cache-Control"] = "no-store"
        return response


def _is_static(asked: Request) -> bool:
    return asked.endpoint == "static"
