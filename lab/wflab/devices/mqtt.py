"""An MQTT broker for the fixture: Eclipse Mosquitto."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

PORT = 1883
USER, PASSWORD = "pump-gateway", "Kingfisher-42"
FORBIDDEN = "plant/secret"


def serve(run_dir: Path) -> None:
    """Become mosquitto: anybody may connect, one user has a password, one topic is closed to all."""
    passwords, access, config = (run_dir / f"mosquitto.{name}" for name in ("passwd", "acl", "conf"))
    passwords.write_text("", encoding="ascii")
    os.chmod(passwords, 0o600)
    subprocess.run(["mosquitto_passwd", "-b", str(passwords), USER, PASSWORD], check=True)
    rules = ["topic readwrite plant/#", "topic readwrite spBv1.0/#", "topic read $SYS/#", f"topic deny {FORBIDDEN}"]
    access.write_text("\n".join([*rules, f"user {USER}", *rules, ""]), encoding="ascii")
    config.write_text(f"listener {PORT}\nuser root\nallow_anonymous true\npassword_file {passwords}\n"
                      f"acl_file {access}\nsys_interval 1\n", encoding="ascii")
    os.execvp("mosquitto", ["mosquitto", "-c", str(config)])
