"""What states and actors are called in print."""

from api.life.actors import Who
from api.schema.life import CaseStatus as S

STATE_NAMES: dict[S, tuple[str, str]] = {
    S.REPORTED: ("已上报", "reported"),
    S.PENDING_VERIFY: ("待核实", "to be verified"),
    S.PENDING_REGISTER: ("待立案", "to be registered"),
    S.ACCEPTED: ("已立案", "registered"),
    S.PENDING_DISPATCH: ("待派遣", "to be dispatched"),
    S.DISPATCHED: ("已派遣", "dispatched"),
    S.PENDING_HANDLE: ("待指派", "to be assigned"),
    S.HANDLING: ("处置中", "being dealt with"),
    S.HANDLE_FINISH: ("处置完成", "reported as done"),
    S.PENDING_CHECK: ("待核查", "to be checked"),
    S.CHECKING: ("核查中", "being checked"),
    S.CHECK_PASS: ("核查通过", "check passed"),
    S.CHECK_NOT_PASS: ("核查不通过", "check failed"),
    S.PENDING_CLOSE: ("待结案", "to be closed"),
    S.CLOSED: ("已结案", "closed"),
    S.RETURNED: ("部门回退", "sent back"),
    S.VOIDED: ("作废", "void"),
}
"""Chinese and English name of each state."""

WHO_NAMES: dict[Who, str] = {
    Who.OPERATOR: "操作员",
    Who.CLERK: "坐席员",
    Who.CHIEF: "五长",
    Who.ENGINEER: "工程师",
    Who.ADMIN: "管理员",
    Who.INTEGRATOR: "对接系统",
    Who.WORKER: "监看程序",
    Who.CAMERA: "摄像机",
    Who.SYSTEM: "系统",
}
"""Chinese name of each capacity."""
