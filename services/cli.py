"""The operators' command line: `python -m services.cli …`; `--json` prints stable keys and nothing else.

Exit status: 0 done (also partly and duplicate), 1 refused (with the reason), 2 misuse.
"""

import json
import logging
import sys
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from config.declarations import RegistryError
from config.registry import load_registry
from config.settings import SettingsError, settings
from data_access.database import LOCAL

app = typer.Typer(
    help="IOC Thanh Hóa: công cụ vận hành.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
user = typer.Typer(help="Tài khoản.", no_args_is_help=True)
app.add_typer(user, name="user")
AsJson = Annotated[bool, typer.Option("--json", help="In JSON, không in gì khác.")]


class Refused(Exception):  # noqa: N818 - it ends the command with status 1
    """What was asked for was refused; the message says why."""


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: moments in ISO 8601, models as objects."""
    if is_dataclass(value) and not isinstance(value, type):
        return {k: plain(v) for k, v in asdict(value).items()}
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def show(value: Any, as_json: bool, text: Callable[[], str]) -> None:
    """Print a result as JSON or as text for people."""
    print(json.dumps(plain(value), ensure_ascii=False) if as_json else text())


def moment(text: str | None) -> datetime | None:
    """Read a moment in ISO 8601, local time where no zone is given; raise typer.BadParameter."""
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"Thời điểm “{text}” không đọc được; viết như 2026-11-23T08:00.") from error
    return read if read.tzinfo else read.replace(tzinfo=LOCAL)


@app.command()
def migrate(as_json: AsJson = False) -> None:
    """Đưa cơ sở dữ liệu về cấu trúc hiện tại."""
    from data_access.migrate import migrate as run

    added = run()
    show({"added": added}, as_json, lambda: f"Đã xong. Thêm: {', '.join(added) or 'không'}")


@app.command()
def validate(as_json: AsJson = False) -> None:
    """Kiểm tra toàn bộ khai báo trong config/."""
    from services.validation import problems

    found = problems()
    show({"valid": not found, "problems": found}, as_json, lambda: "\n".join(found) or "Khai báo hợp lệ.")
    if found:
        raise typer.Exit(1)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Kiểm tra sức khỏe hệ thống."""
    from services.doctor import examine

    findings = examine()
    show(
        {"healthy": all(f.ok for f in findings), "findings": findings},
        as_json,
        lambda: "\n".join(f"{'▲' if f.warning else '●' if f.ok else '■'} {f.name}: {f.detail}" for f in findings),
    )
    if not all(f.ok for f in findings):
        raise typer.Exit(1)


@app.command()
def demo(
    profile: Annotated[str, typer.Option(help="small, demo hoặc province")] = "demo",
    seed: int = 1,
    days: Annotated[int | None, typer.Option(min=1)] = None,
    until: Annotated[str | None, typer.Option(help="thời điểm cuối, mặc định bây giờ")] = None,
    if_empty: Annotated[bool, typer.Option("--if-empty", help="chỉ dựng khi chưa có")] = False,
    as_json: AsJson = False,
) -> None:
    """Dựng tỉnh mô phỏng: các cơ quan gửi tệp, hệ thống tiếp nhận."""
    from data_access import worker_state

    if if_empty and (settings().env == "production" or worker_state.note(worker_state.DEMO) is not None):
        return
    from services.demo import runner

    if profile not in runner.DAYS:
        raise typer.BadParameter(f"Cỡ “{profile}” không có; chọn {', '.join(runner.DAYS)}.")
    try:
        result = runner.demo(profile, seed, days, moment(until))
    except runner.DemoRefused as error:
        raise Refused(str(error)) from error
    lines = [f"Đã tiếp nhận {result['files']} tệp.", "Tài khoản dùng thử:"]
    accounts: Any = result["accounts"]
    lines += [f"  {a.user:<12} {a.password:<20} {a.role}" for a in accounts]
    show(result, as_json, lambda: "\n".join(lines))


@app.command()
def ready(seconds: float = 60) -> None:
    """Đợi ứng dụng trả lời, rồi in các tài khoản dùng thử."""
    import time
    import urllib.request

    from services.people import open_demo_accounts

    address = f"http://{settings().address}:{settings().port}/healthz"
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(address, timeout=2).close()
            break
        except OSError:
            time.sleep(0.2)
    else:
        raise Refused(f"Ứng dụng không trả lời tại {address}.")
    for account in open_demo_accounts() if settings().env == "demo" else []:
        print(f"  {account.user:<12} {account.password:<22} {account.role}")


@app.command()
def schemas() -> None:
    """Ghi lược đồ JSON của các khai báo, để trình soạn thảo gợi ý khi viết YAML."""
    from config.models import Domain, Fact, Source
    from config.settings import CONFIG

    folder = CONFIG / "schemas"
    folder.mkdir(exist_ok=True)
    for model in (Domain, Fact, Source):
        text = json.dumps(model.model_json_schema(), ensure_ascii=False, indent=1)
        (folder / f"{model.__name__.lower()}.json").write_text(text + "\n", encoding="utf-8")


@app.command()
def ingest(source: str, files: list[Path], as_json: AsJson = False) -> None:
    """Tiếp nhận tệp của một nguồn."""
    from services.ingestion import UnknownSource, ingest_files

    missing = [str(f) for f in files if not f.is_file()]
    if missing:
        raise typer.BadParameter(f"Không có tệp: {', '.join(missing)}")
    try:
        receipts = ingest_files(source, files)
    except UnknownSource as error:
        raise typer.BadParameter(str(error)) from error
    result = [
        {
            **_receipt(r),
            "message": r.message,
            "rejects": [{"file": r.file, **reject} for reject in r.rejects],
        }
        for r in receipts
    ]
    lines = [
        f"{r.file}: {r.status} · đọc {r.rows_read}, nhận {r.rows_kept}, từ chối {r.rows_rejected}"
        + "".join(f"\n  dòng {x['row']}, cột {x['column']}: {x['message']}" for x in r.rejects[:20])
        for r in receipts
    ]
    show(result, as_json, lambda: "\n".join(lines))
    if any(r.status == "refused" for r in receipts):
        raise typer.Exit(1)


def _receipt(receipt: Any) -> dict[str, object]:
    names = ("file", "batch", "status", "rows_read", "rows_kept", "rows_rejected")
    return {name: getattr(receipt, name) for name in names}


@app.command()
def worker(
    once: Annotated[bool, typer.Option("--once", help="Làm một lượt rồi dừng.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tiếp nhận tệp mới, đánh giá cảnh báo, vẽ trước biểu đồ."""
    from services import worker as work

    if not once:
        work.Worker().run()
        return
    found = work.once()
    result = {
        "files": [{"source": s, **_receipt(r)} for s, r in found.receipts],
        "alerts_changed": found.alerts_changed,
        "errors": found.errors,
    }
    show(result, as_json, lambda: f"{len(found.receipts)} tệp, {found.alerts_changed} cảnh báo thay đổi.")
    if found.errors:
        raise typer.Exit(1)


@app.command()
def indicators(as_json: AsJson = False) -> None:
    """Liệt kê các chỉ tiêu."""
    registry = load_registry()
    result = [
        {
            "id": i.id,
            "domain": d.id,
            "name": i.name.both(),
            "name_vi": i.name.vi,
            "name_en": i.name.en,
            "unit": i.unit.vi,
            "owner": i.owner,
            "source": i.source,
            "grain": i.grain,
            "direction": i.direction,
            "target": i.target,
            "near_target": i.near_target,
            "visibility": i.visibility,
            "legal_basis": i.legal_basis,
            "simulated": registry.sources[i.source].simulated,
        }
        for d in registry.domains.values()
        for i in d.indicators
    ]
    show(result, as_json, lambda: "\n".join(f"{i['id']:<34} {i['name_vi']}" for i in result))


def _pair(text: str | None) -> dict[str, str]:
    pairs = [part.partition("=") for part in (text or "").split(",") if part]
    if any(not sep or not key for key, sep, _ in pairs):
        raise typer.BadParameter("--where viết như station=KHI001")
    return {key: value for key, _, value in pairs}


@app.command()
def figure(
    indicator: str,
    place: str | None = None,
    agency: str | None = None,
    period: Annotated[
        str | None, typer.Option(help="2026, 2026-Q4, 2026-10, 2026-W47, 2026-10-15, 2026-10-15T08")
    ] = None,
    grain: str | None = None,
    by: Annotated[str | None, typer.Option(help="place, agency, time hoặc một chiều")] = None,
    where: Annotated[list[str] | None, typer.Option(help="chiều=giá trị")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="điều được biết tại thời điểm này")] = None,
    last: Annotated[int | None, typer.Option(help="số kỳ khi chia theo thời gian")] = None,
    as_json: AsJson = False,
) -> None:
    """Hỏi một số liệu, kèm nhãn tin cậy."""
    from services.indicators import NotEntitled, figures
    from services.indicators import figure as ask
    from services.periods import PeriodError
    from services.question import QuestionError

    asked: dict[str, Any] = {
        "place": place,
        "agency": agency,
        "period": period,
        "grain": grain,
        "where": {k: v for text in where or [] for k, v in _pair(text).items()},
        "as_of": moment(as_of),
    }
    try:
        if by is None:
            one = ask(indicator, **asked)
            show(
                one,
                as_json,
                lambda: (
                    f"{one.name['vi']}: {one.value} {one.unit['vi']} ({one.period.label if one.period else ''})"
                ),
            )
            return
        divided = figures(indicator, by=by, last=last, **asked)
    except (QuestionError, PeriodError, NotEntitled) as error:
        raise Refused(str(error)) from error
    rows = [{by: r["key"], **r} for r in divided.frame.to_dicts()]
    show(
        {"figure": divided.figure, "by": by, "rows": rows},
        as_json,
        lambda: "\n".join(f"{r['name_vi']:<40} {r['value']}" for r in rows),
    )


@app.command()
def trace(figure_id: str, limit: int = 100, as_json: AsJson = False) -> None:
    """Truy một số liệu đến lô, tệp và dòng."""
    from services.periods import PeriodError
    from services.question import QuestionError
    from services.trace import trace as run

    try:
        found = run(figure_id, limit=limit)
    except (QuestionError, PeriodError) as error:
        raise Refused(str(error)) from error
    show(
        {
            "figure": found.figure,
            "batches": found.batches,
            "files": [
                {
                    "file": b["file"],
                    "sha256": b["sha256"],
                    "batch": b["batch"],
                    "source": b["source"],
                    "rows": b["rows"],
                }
                for b in found.batches
            ],
            "rows": found.rows,
        },
        as_json,
        lambda: "\n".join(f"lô {b['batch']} · {b['file']} · {b['rows']} dòng" for b in found.batches),
    )


@user.command("add")
def user_add(
    name: str,
    role: Annotated[str, typer.Option()],
    title: Annotated[str, typer.Option(help="chức danh, đơn vị")] = "",
    password: Annotated[str | None, typer.Option(help="để trống: hỏi khi chạy")] = None,
    place: Annotated[list[str] | None, typer.Option(help="mã xã, phường")] = None,
    domain: Annotated[list[str] | None, typer.Option()] = None,
    agency: str | None = None,
    email: Annotated[str | None, typer.Option(help="thư điện tử của đăng nhập một lần")] = None,
    as_json: AsJson = False,
) -> None:
    """Thêm tài khoản."""
    from services import people

    secret = password or typer.prompt("Mật khẩu", hide_input=True, confirmation_prompt=True)
    _people(
        lambda: people.add_person(
            name,
            title or name,
            role,
            secret,
            places=tuple(place or ()),
            domains=tuple(domain or ()),
            agency=agency,
            email=email,
        )
    )
    show({"user": name, "role": role}, as_json, lambda: f"Đã thêm {name}.")


@user.command("disable")
def user_disable(name: str, as_json: AsJson = False) -> None:
    """Khóa tài khoản và kết thúc mọi phiên."""
    from services import people

    _people(lambda: people.disable_person(name))
    show({"user": name, "disabled": True}, as_json, lambda: f"Đã khóa {name}.")


@user.command("role")
def user_role(
    name: str,
    role: str,
    place: Annotated[list[str] | None, typer.Option(help="mã xã, phường")] = None,
    as_json: AsJson = False,
) -> None:
    """Đổi vai trò."""
    from services import people

    _people(lambda: people.change_role(name, role, places=tuple(place) if place else None))
    show({"user": name, "role": role}, as_json, lambda: f"{name}: {role}.")


def _people(change: Callable[[], object]) -> None:
    from services.people import PeopleError

    try:
        change()
    except PeopleError as error:
        raise Refused(str(error)) from error


def main() -> None:
    """Run a command; refusals end with status 1 and their reason on standard error."""
    logging.basicConfig(level="WARNING", stream=sys.stderr)
    try:
        logging.getLogger("ioc").setLevel(settings().log_level)
        app()
    except (Refused, RegistryError, SettingsError) as error:
        if "--json" in sys.argv:
            print(json.dumps({"error": str(error)}, ensure_ascii=False))
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
