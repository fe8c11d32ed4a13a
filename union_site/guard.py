"""Production refuses to start unsafe. Standard library only: settings call it first."""

import base64
import binascii


class UnsafeSettings(SystemExit):
    """Exit with the reasons on the console."""


def refuse_unsafe(*, mode, secret_key, debug, allowed_hosts, field_keys, search_key) -> None:
    """Raise ``UnsafeSettings`` naming every setting that is missing or unsafe for ``mode``."""
    wrong = []
    if mode not in ("production", "demo", "test"):
        wrong.append(f"UNION_MODE={mode}：只能是 production、demo 或 test")
    if len(secret_key) < 50:
        wrong.append("SECRET_KEY：未设置或不足 50 个字符")
    for key in [*field_keys, f"search:{search_key}"]:
        if not _is_32_bytes(key.partition(":")[2]):
            wrong.append("FIELD_KEYS / SEARCH_KEY：须为 32 字节的 base64，FIELD_KEYS 形如 k1:...")
            break
    if not field_keys:
        wrong.append("FIELD_KEYS：未设置，个人敏感信息无法加密")
    if mode == "production":
        if secret_key.startswith(("django-insecure", "demo", "test")):
            wrong.append("SECRET_KEY：不能使用演示或测试用的值")
        if debug:
            wrong.append("DEBUG：生产环境必须关闭")
        if not allowed_hosts or "*" in allowed_hosts:
            wrong.append("ALLOWED_HOSTS：必须列出本系统的域名，不能为空或 *")
    if wrong:
        raise UnsafeSettings("拒绝启动：\n  " + "\n  ".join(wrong))


def _is_32_bytes(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == 32
    except (binascii.Error, ValueError):
        return False
