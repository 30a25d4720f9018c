"""The command line against a running platform, as a user would type it."""

import os
import re
import shlex
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import httpx
from tests.kvasir_services.cli.conftest import COMMAND, ENVIRONMENT, ROOT, Platform, start
from typer.main import get_command

from kvasir.resources import KINDS
from kvasir_services.cli.main import build

NOTES = """
apiVersion: kvasir.dev/v1alpha1
kind: KnowledgeBase
metadata: {{name: notes, namespace: acme}}
spec:
  sources:
  - name: a
    inline:
      documents:
      - {{path: base.md, text: "{text}"}}
"""


CHAT = """
apiVersion: kvasir.dev/v1alpha1
kind: ChatDeployment
metadata: {name: guide, namespace: acme}
spec: {knowledgeBases: [{name: notes}], model: {extractive: {}}}
"""


def test_the_examples_become_ready(platform: Platform) -> None:
    for target in ("tenant/acme", "kb/handbook", "chat/assistant", "kb/files", "chat/librarian"):
        platform.run("wait", target, "--timeout", "60s")
    (handbook,) = platform.json("get", "kb", "-n", "acme")["items"]
    assert handbook["status"]["documents"] == 14
    for word in ("knowledgebases", "KnowledgeBase", "knowledgebase", "KB"):
        assert "handbook" in platform.run("get", word)
        assert "handbook" in platform.run("describe", f"{word}/handbook")
    platform.run("wait", "tenant/acme", "--for=condition=ready")


def test_an_answer_quotes_its_source(platform: Platform) -> None:
    answer = platform.json("ask", "assistant", "How many days of parental leave do employees get?")
    message = answer["choices"][0]["message"]
    assert "90 days" in message["content"]
    first = message["kvasir"]["citations"][0]
    assert first["filename"] == "parental-leave.md"
    assert first["verified"]
    assert first["quote"] in message["content"]
    shown = platform.run("ask", "librarian", "When is the coffee machine cleaned?")
    assert "Friday at 16:00" in shown
    assert "verified" in shown


def test_sources_that_disagree_are_said_to(platform: Platform) -> None:
    question = "How many days per week may employees work from home?"
    shown = platform.run("ask", "assistant", question)
    assert "The sources disagree." in shown
    assert "3" in shown
    assert "4" in shown
    extension = platform.json("ask", "assistant", question)["choices"][0]["message"]["kvasir"]
    assert extension["notice"] == "SourcesDisagree"
    assert extension["contradictions"] == [{"first": 1, "second": 2, "values": ["3", "4"]}]


def test_a_key_asks_over_http_as_its_tenant(platform: Platform) -> None:
    key = platform.key("acme")
    shown = platform.run("ask", "assistant", "How many days of parental leave?", "--key", key, "--url", platform.url)
    assert "90 days" in shown
    refused = platform.result("ask", "librarian", "coffee?", "--key", key, "--url", platform.url)
    assert refused.returncode == 1
    assert "librarian" in refused.stderr
    misspelt = platform.result("ask", "librarien", "coffee?", "--key", key, "--url", platform.url)
    assert misspelt.stderr == "error: There is no model 'librarien'.\n", "over HTTP nothing else is named"


def test_a_name_that_does_not_exist_is_told_what_there_is(platform: Platform) -> None:
    cases: dict[tuple[str, ...], str] = {
        (
            "ask",
            "asistant",
            "How many days?",
        ): "There is no ChatDeployment asistant. Did you mean assistant? There are:",
        ("search", "handbok", "days"): "There is no KnowledgeBase handbok. Did you mean handbook? There are:",
        ("search", "x", "days", "-n", "acme"): "There is no KnowledgeBase x in acme. There is: handbook.",
        ("describe", "kb/handbok"): "There is no KnowledgeBase handbok. Did you mean handbook?",
        ("delete", "kb/handbok"): "Did you mean handbook?",
        ("wait", "kb/handbok"): "Did you mean handbook?",
        ("documents", "handbok"): "Did you mean handbook?",
        ("rollback", "handbok"): "Did you mean handbook?",
        ("ask", "assistant", "How many days?", "-n", "acne"): "There is no Tenant acne. Did you mean acme?",
        ("keys", "create", "--tenant", "acne"): "There is no Tenant acne. Did you mean acme?",
    }
    for arguments, told in cases.items():
        failed = platform.result(*arguments)
        assert (failed.returncode, failed.stdout) == (1, ""), arguments
        assert told in failed.stderr, arguments


def test_what_can_never_work_is_refused_without_a_request(tmp_path: Path) -> None:
    """No platform runs here: a command that asked one would say so instead."""
    cases: dict[tuple[str, ...], str] = {
        ("ask", "assistant", ""): "The question is empty.",
        ("ask", "assistant", "  \n", "--key", "k", "--url", "http://127.0.0.1:1"): "The question is empty.",
        ("search", "handbook", " "): "The query is empty.",
        ("wait", "kb/handbook", "--for=Redy"): "has no condition 'Redy'. Fix: did you mean Ready? There are Ready, ",
        ("wait", "tenant/acme", "--for=condition=x"): "name one of Ready, Reconciling, Stalled",
        ("wait", "cm/handbook"): "A ConfigMap has no conditions.",
        ("get", "tenent"): "There is no kind 'tenent'. Fix: did you mean Tenant?",
        ("describe", "pod/x"): "name one of Namespace, ",
        ("delete", "kbs/x"): "did you mean KnowledgeBase?",
    }
    for arguments, told in cases.items():
        failed = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False, cwd=tmp_path)
        assert (failed.returncode, failed.stdout) == (2, ""), arguments
        assert told in failed.stderr, arguments


def test_the_help_of_commands_that_take_a_kind_lists_the_kinds() -> None:
    commands = get_command(build()).commands
    for name in ("get", "describe", "delete", "wait"):
        for kind, model in KINDS.items():
            for word in (kind, model.facts.plural, *model.facts.short_names):
                assert re.search(rf"\b{word}\b", commands[name].epilog), (name, word)


def test_the_version_is_the_packages(tmp_path: Path) -> None:
    shown = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert shown.stdout == f"kvasir {version('kvasir-rag')}\n"


def test_the_commands_of_the_readme_do_what_they_say(platform: Platform) -> None:
    """All indented lines, in their order, then the Python, and every inline `kvasir` command.

    Lines that install or start are `make`'s own tests.
    """
    text = (ROOT / "README.md").read_text(encoding="utf-8").replace("http://localhost:8080", platform.url)
    shell = [line.strip() for line in text.replace("\\\n", " ").splitlines() if line.startswith("    ")]
    typed = [line.replace(".venv/bin/kvasir", "kvasir") for line in shell if not line.startswith("make ")]
    [python] = re.findall("```python\n(.*?)```", text, re.DOTALL)
    kvasir = f'kvasir() {{ {shlex.join(COMMAND)} "$@" --data-dir {shlex.quote(str(platform.data_directory))}; }}'
    script = "\n".join(["set -eu", "unset KEY", kvasir, *typed, f"{sys.executable} -c {shlex.quote(python)}"])
    done = subprocess.run(["bash", "-c", script], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    streamed, answer = done.stdout.split("data: [DONE]\n\n")
    assert '"verified":true' in streamed
    for shown in (streamed, answer):
        assert "90 days" in shown
    inline = re.findall(r"`\.venv/bin/kvasir ([^`]+)`", text)
    assert inline
    for line in inline:
        assert "verified" in platform.run(*shlex.split(line))


def test_the_table_of_commands_is_complete() -> None:
    """docs/cli.md names every command that there is, and none that there is not."""
    table = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = {re.sub("^kvasir ", "", cell).split()[0] for row in rows for cell in re.findall("`([^`]+)`", row)}
    assert named == set(get_command(build()).commands)


def test_chat_keeps_talking_until_an_empty_line(platform: Platform) -> None:
    shown = platform.run("chat", "assistant", stdin="How many days of parental leave?\nAnd when I am ill?\n\n")
    assert "90 days" in shown
    assert shown.count("verified") >= 2


def test_search_and_documents(platform: Platform) -> None:
    found = platform.json("search", "handbook", "hotel limit in Zurich")
    assert found["data"][0]["filename"] == "travel-expenses.md"
    rows = platform.json("documents", "handbook")
    assert {row["state"] for row in rows} == {"Written"}


def test_an_upload_is_found_at_once_and_replaced_by_name(platform: Platform, tmp_path: Path) -> None:
    file = tmp_path / "parking.md"
    for text in ("The garage has 40 spaces.", "The garage has 52 spaces."):
        file.write_text(f"# Parking\n\n{text}\n", encoding="utf-8")
        assert "indexed" in platform.run("upload", "handbook", str(file))
        assert text in platform.run("ask", "assistant", "How many spaces does the garage have?")
    rows = platform.json("documents", "handbook")
    assert [row["path"] for row in rows if row["source"] == "mine"] == ["parking.md"]


def test_a_broken_upload_says_why(platform: Platform, tmp_path: Path) -> None:
    file = tmp_path / "broken.pdf"
    file.write_bytes(b"%PDF-1.7 nothing of it")
    failed = platform.result("upload", "handbook", str(file))
    assert failed.returncode == 1
    assert "PDF" in failed.stderr
    assert platform.run("upload", "handbook", str(tmp_path / "absent.md"), code=2) == ""


def test_resources_are_applied_changed_and_deleted(platform: Platform, tmp_path: Path) -> None:
    file = tmp_path / "notes.yaml"
    file.write_text(NOTES.format(text="The moon base opens in 2031."), encoding="utf-8")
    assert "+ KnowledgeBase acme/notes" in platform.run("diff", "-f", str(file))
    platform.run("apply", "-f", str(file))
    platform.run("wait", "kb/notes", "--timeout", "60s")
    assert "2031" in platform.run("search", "notes", "When does the moon base open?")
    file.write_text(NOTES.format(text="The moon base opens in 2040."), encoding="utf-8")
    assert "~ KnowledgeBase acme/notes: update" in platform.run("apply", "-f", str(file))
    end = time.monotonic() + 60
    while "2040" not in platform.run("search", "notes", "When does the moon base open?"):
        assert time.monotonic() < end
    assert "- KnowledgeBase acme/notes" in platform.run("delete", "kb/notes")
    missing = platform.result("get", "kb", "notes")
    assert missing.returncode == 1
    assert "notes" in missing.stderr
    assert not (platform.data_directory / "stores" / "passages" / "acme" / "notes").exists()


def test_references_that_lead_nowhere_are_warned_of_and_applied(platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "chat.yaml").write_text(CHAT, encoding="utf-8")
    told = "warning: ChatDeployment acme/guide refers to KnowledgeBase acme/notes, which is neither in these files nor"
    for command, mark in (("diff", "+"), ("apply", "+"), ("apply", " ")):
        done = platform.result(command, "-f", str(tmp_path))
        assert done.returncode == 0, done.stderr
        assert f"{mark} ChatDeployment acme/guide" in done.stdout
        assert told in done.stderr
    # The other file stands in the same folder, in whatever order.
    (tmp_path / "notes.yaml").write_text(NOTES.format(text="The moon base opens in 2031."), encoding="utf-8")
    assert platform.result("diff", "-f", str(tmp_path)).stderr == ""
    assert platform.result("apply", "-f", "-", stdin=CHAT.replace("name: notes", "name: handbook")).stderr == ""
    platform.run("delete", "chat/guide")
    alone = subprocess.run(
        [*COMMAND, "diff", "-f", str(tmp_path / "chat.yaml"), "--data-dir", str(tmp_path / "none")],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert "refers to Tenant acme, which is neither" in alone.stderr


def test_what_a_file_owns_is_changed_there(platform: Platform) -> None:
    refused = platform.result("delete", "kb/handbook")
    assert refused.returncode == 2
    assert "examples/quickstart/30-knowledgebase.yaml" in refused.stderr
    assert platform.result("apply", "-f", "examples/quickstart/30-knowledgebase.yaml").returncode == 2


def test_an_edited_file_builds_a_generation_and_rolls_back_by_a_line(platform: Platform) -> None:
    file = platform.folder / "examples" / "quickstart" / "30-knowledgebase.yaml"
    original = file.read_text(encoding="utf-8")
    edited = original.replace("{size: 1500, overlap: 180}", "{size: 600, overlap: 60}")
    assert "starts a new index generation (2)" in _diff(platform, edited)
    file.write_text(edited, encoding="utf-8")
    _until(lambda: _status(platform)["generation"] == 2)
    pinned = platform.result("rollback", "handbook")
    assert pinned.returncode == 2
    assert pinned.stdout == "  pinnedGeneration: 1\n"
    assert "30-knowledgebase.yaml" in pinned.stderr
    file.write_text(edited + pinned.stdout, encoding="utf-8")
    _until(lambda: _status(platform)["generation"] == 1)
    _until(lambda: _condition(platform, "Pinned") == "True")
    first = platform.result("rollback", "handbook")
    assert (first.returncode, first.stdout) == (2, "")
    assert "no generation before 1, which answers. Later ones are kept: 2." in first.stderr
    file.write_text(edited + "  pinnedGeneration: 2\n", encoding="utf-8")
    _until(lambda: _status(platform)["generation"] == 2)
    again = platform.result("rollback", "handbook")
    assert again.stdout == "  pinnedGeneration: 1\n"
    assert "in place of `pinnedGeneration: 2`" in again.stderr
    file.write_text(edited, encoding="utf-8")
    _until(lambda: "pinned" not in _status(platform))


def test_a_faulty_file_changes_nothing_and_is_named(platform: Platform) -> None:
    file = platform.folder / "examples" / "volume" / "platform.yaml"
    original = file.read_text(encoding="utf-8")
    file.write_text(original.replace("extractive: {}", "extractiv: {}"), encoding="utf-8")
    result = platform.result("diff", "-f", str(file))
    assert result.returncode == 2
    assert "platform.yaml:" in result.stderr
    assert "Did you mean `extractive`?" in result.stderr
    assert "Friday" in platform.run("ask", "librarian", "When is the coffee machine cleaned?")
    _until(lambda: "FileRefused" in platform.run("describe", "chat/librarian"))
    event = next(line for line in platform.run("describe", "kb/files").splitlines() if "FileRefused" in line)
    assert "Warning" in event
    assert "platform.yaml:" in event
    assert "spec.model.extractiv" in event
    assert "Did you mean `extractive`?" in event
    assert "FileRefused" not in platform.run("describe", "kb/handbook"), "of another file"
    warned = platform.result("get", "chat", "librarian")
    assert "librarian" in warned.stdout
    assert warned.stderr.startswith("warning: ")
    assert "platform.yaml:" in warned.stderr
    assert platform.result("get", "kb", "handbook").stderr == ""
    file.write_text(original, encoding="utf-8")
    _until(lambda: "FileAccepted" in platform.run("describe", "chat/librarian"))
    *_, last = platform.run("describe", "chat/librarian").splitlines()
    assert re.search(r"Normal +FileAccepted .*platform\.yaml is good again", last)
    assert platform.result("get", "chat", "librarian").stderr == ""


def test_a_new_file_that_is_faulty_shows_with_every_get(platform: Platform) -> None:
    """It has no object that could have an event."""
    file = platform.folder / "examples" / "volume" / "new.yaml"
    file.write_text("kind: Tennant\n", encoding="utf-8")
    _until(lambda: "new.yaml:" in platform.result("get", "kb").stderr)
    file.unlink()
    _until(lambda: platform.result("get", "kb").stderr == "")


def test_a_watched_volume_is_followed(platform: Platform) -> None:
    file = platform.folder / "examples" / "volume" / "docs" / "plants.md"
    file.write_text("# Plants\n\nThe ficus is watered on Mondays.\n", encoding="utf-8")
    _until(lambda: "Mondays" in platform.run("ask", "librarian", "When is the ficus watered?"))
    file.unlink()
    _until(lambda: "plants.md" not in platform.run("search", "files", "ficus"))


def test_keys_are_made_listed_and_revoked(platform: Platform) -> None:
    made = platform.json("keys", "create", "--tenant", "acme", "--name", "ci", "--group", "hr")
    assert made["groups"] == ["hr"]
    headers = {"authorization": f"Bearer {made['secret']}"}
    assert httpx.get(f"{platform.url}/v1/models", headers=headers).status_code == 200
    assert made["secret"] not in platform.run("keys", "list", "--tenant", "acme")
    platform.run("keys", "revoke", made["id"], "--tenant", "acme")
    _until(lambda: httpx.get(f"{platform.url}/v1/models", headers=headers).status_code == 401)
    assert platform.result("keys", "create", "--tenant", "nobody").returncode == 1


def test_describe_shows_conditions_and_events(platform: Platform) -> None:
    shown = platform.run("describe", "kb/handbook")
    assert "MassDeletion" in shown
    assert "Events" in shown
    assert platform.result("describe", "handbook").returncode == 2


def test_the_control_socket_is_the_users_alone(platform: Platform) -> None:
    mode = stat.S_IMODE((platform.data_directory / "control.sock").stat().st_mode)
    assert mode == 0o600
    assert stat.S_IMODE((platform.data_directory / "keys" / "acme").stat().st_mode) == 0o600


def test_a_second_platform_on_the_same_directory_is_refused(platform: Platform) -> None:
    command = [*COMMAND, "up", "examples/quickstart", "--port", "1", "--data-dir", str(platform.data_directory)]
    second = subprocess.run(command, cwd=platform.folder, capture_output=True, text=True, check=False, timeout=60)
    assert second.returncode == 1
    assert "Another `kvasir up`" in second.stderr or "Port 1" in second.stderr
    platform.run("get", "tenants")


def test_a_restart_continues_and_the_gateway_goes_with_the_supervisor(tmp_path: Path) -> None:
    running = start(tmp_path, str(ROOT / "examples" / "quickstart"))
    running.run("wait", "chat/assistant", "--timeout", "60s")
    before = running.json("get", "kb", "handbook")
    key = running.key("acme")
    running.process.send_signal(signal.SIGKILL)
    running.process.wait(10)
    _until(lambda: not _answers(running.url))
    again = start(tmp_path, str(ROOT / "examples" / "quickstart"))
    after = again.json("get", "kb", "handbook")
    assert again.key("acme") == key
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["status"]["revision"] == before["status"]["revision"]
    shown = again.run("ask", "assistant", "How many days of parental leave?", "--key", key, "--url", again.url)
    assert "90 days" in shown
    again.stop()


def test_without_a_platform_diff_shows_what_would_be_made(tmp_path: Path) -> None:
    command = [*COMMAND, "diff", "-f", str(ROOT / "examples" / "quickstart"), "--data-dir", str(tmp_path / "none")]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert "+ Tenant acme: create" in shown
    command = [*COMMAND, "get", "kb", "--data-dir", str(tmp_path / "none")]
    absent = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert absent.returncode == 1
    assert "kvasir up" in absent.stderr


def test_faulty_files_stop_the_start_with_every_problem(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("kind: Tenant\napiVersion: kvasir.dev/v1alpha1\nmetadata: {}\nspec: {x: 1}\n")
    command = [*COMMAND, "up", str(tmp_path), "--data-dir", str(tmp_path / "data")]
    stopped = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert stopped.returncode == 2
    assert "bad.yaml:" in stopped.stderr
    assert not (tmp_path / "data").exists()


def test_a_folder_without_yaml_and_a_path_that_is_not_there_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "moon.md").write_text("# Moon\n")
    for path, told in (("docs", "The folder docs holds no YAML"), ("nowhere", "There is no file or folder nowhere.")):
        command = [*COMMAND, "up", path, "--data-dir", "data"]
        stopped = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path)
        assert stopped.returncode == 2
        assert told in stopped.stderr
        assert "Fix: " in stopped.stderr
    assert not (tmp_path / "data").exists()


def test_crds_are_what_is_committed() -> None:
    shown = subprocess.run([*COMMAND, "crds"], capture_output=True, text=True, check=True, timeout=60).stdout
    committed = "---\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "crds").glob("*.yaml")))
    assert sorted(shown.split("---\n")) == sorted(committed.split("---\n"))


def test_the_demo_is_green_under_ci(tmp_path: Path) -> None:
    command = [*COMMAND, "demo", str(ROOT / "examples" / "quickstart"), "--data-dir", str(tmp_path), "--port", "18099"]
    done = subprocess.run(
        command, env={**os.environ, "CI": "true"}, capture_output=True, text=True, check=False, timeout=170
    )
    assert done.returncode == 0, done.stderr
    assert "90 days" in done.stdout


def _diff(platform: Platform, text: str) -> str:
    file = platform.folder / "edited.yaml"
    file.write_text(text, encoding="utf-8")
    return platform.run("diff", "-f", str(file))


def _status(platform: Platform) -> dict[str, int]:
    return platform.json("get", "kb", "handbook")["status"]


def _condition(platform: Platform, kind: str) -> str:
    found = platform.json("get", "kb", "handbook")["status"]["conditions"]
    return next((one["status"] for one in found if one["type"] == kind), "")


def _until(holds: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=1).status_code == 200
    except httpx.TransportError:
        return False
