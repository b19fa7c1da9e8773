"""What fuzzing starts from: small inputs of the right kind."""

from __future__ import annotations

import json
from io import BytesIO

from PIL import Image

from tests.generation import recorded

FORM = {
    "components": [
        {"component": {"custom_id": "prompt", "value": "a fox"}},
        {"component": {"custom_id": "files", "values": ["1"]}},
        {"component": {"custom_id": "aspect_ratio", "values": ["1:1"]}},
        {"component": {"custom_id": "size", "values": ["1K:png"]}},
        {"component": {"custom_id": "count", "values": ["2"]}},
    ],
    "resolved": {"attachments": {"1": {"id": "1", "filename": "a.png", "url": "https://a.example/a", "size": 5}}},
}


def _pictures() -> list[bytes]:
    found: list[bytes] = []
    for kind in ("PNG", "JPEG", "WEBP"):
        out, exif = BytesIO(), Image.Exif()
        exif[0x0112] = 6
        Image.new("RGB", (32, 24), "red").save(out, kind, exif=exif)
        found.append(out.getvalue())
    return found


SEEDS: dict[str, list[bytes]] = {
    "provider_answer": [
        recorded.HTML,
        b'\0{"code":200,"msg":"success","data":{"taskId":"abc"}}',
        b'\0{"code":422,"data":null}',
    ],
    "task_status": [
        b'{"taskId":"a","state":"success","resultJson":"{\\"resultUrls\\":[\\"https://a.example/a.png\\"]}","costTime":5}',
        b'{"taskId":"a","state":"fail","failCode":"500","failMsg":"Internal Error","createTime":1795716132000}',
    ],
    "callback": [b'{"code":200,"data":{"taskId":"abc","state":"success"}}', b"7-1795716132-" + b"a" * 43],
    "custom_id": [
        *(b"plantain:image:again:5:18", b"plantain:request:4k:5:24", b"plantain:cancel:5", b"plantain:choice:5:2"),
        *(
            b"plantain:past:5:older:b7",
            b"plantain:past:99999999999999999999:older:b7",
            b"plantain:choice:99999999999999999999:1",
        ),
    ],
    "form": [json.dumps(FORM).encode()],
    "image": _pictures(),
    "settings": [
        b"PRICES=1K=18,2K=18,4K=24\nOPERATOR_POOL=50000/month\nHTTP_PORT=80\nCALLBACK_URL=https://a.example\n"
    ],
    "prompt_file": ["a {animal} in a {place}, **bold** @everyone \u202e кошка".encode(), b"\xff\xfea\0b\0"],
    "amounts": [b"500", b"unlimited", b"50000/month", b"1K=18,2K=18", b"last week", b"2026-11-01"],
    "search": [b'fox AND "red owl" NOT (bear OR cat*)', b"NEAR(a b, 5)", b"^a : b"],
}
