"""The addresses of the open data: read by anybody, changed by nobody, the same whoever is signed in."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from config.locale import say
from services import open_data

KEPT = {"Cache-Control": "public, max-age=600", "Access-Control-Allow-Origin": "*"}


def _absent() -> Response:
    return JSONResponse({"error": say("public.no_such_data", "vi")}, status_code=404, headers=KEPT)


async def dataset(request: Request) -> Response:
    """Answer a part of a public indicator as a file; 404 for whatever is not public."""
    part, _, ending = request.path_params["file"].partition(".")
    indicator = request.path_params["indicator"]
    try:
        content, media = await run_in_threadpool(open_data.file_of, indicator, part, ending)
    except open_data.NotPublished:
        return _absent()
    named = {"Content-Disposition": f'inline; filename="{indicator}_{part}.{ending}"'}
    return Response(content, media_type=media, headers=KEPT | named)


async def catalogue(_: Request) -> Response:
    """Answer the list of what there is, as JSON."""
    return Response(await run_in_threadpool(open_data.catalogue), media_type="application/json", headers=KEPT)


async def dictionary(_: Request) -> Response:
    """Answer what every figure means, as CSV."""
    content = await run_in_threadpool(open_data.dictionary_file)
    return Response(content, media_type="text/csv; charset=utf-8", headers=KEPT)


OPEN_DATA_ROUTES = [
    Route("/open-data/catalogue.json", catalogue),
    Route("/open-data/dictionary.csv", dictionary),
    Route("/open-data/{indicator:str}/{file:str}", dataset),
]
