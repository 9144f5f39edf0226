"""Errors that name what BigQuery complains about, and the message that each of them carries."""

from __future__ import annotations

from ccsync.errors import SinkError, SinkRefused, SinkUnavailable
from ccsync_bigquery import permissions
from ccsync_bigquery.answers import Answer, Kind
from ccsync_bigquery.names import Place


class AnswerError(SinkRefused):
    """BigQuery said no, and will say it again: `what` happened, and what to do (`advice`)."""

    def __init__(self, what: str, advice: str, answer: Answer) -> None:
        """Make a message of both, and keep the answer beside it."""
        super().__init__(f"{what}. {advice}" if advice else what)
        self.what = what
        self.advice = advice
        self.answer = answer


class MismatchError(SinkRefused):
    """What is there is not what it has to be: `what` is wrong, and what to do (`advice`)."""

    def __init__(self, what: str, advice: str) -> None:
        """Make a message of both."""
        super().__init__(f"{what}. {advice}")
        self.what = what
        self.advice = advice


class TooLargeError(AnswerError):
    """The request is larger than BigQuery takes: fewer rows may go through."""


class MissingTableError(AnswerError):
    """The table, or the dataset around it, does not exist."""


class MissingJobError(AnswerError):
    """BigQuery knows no such job: its insertion did not arrive."""


class ExistsError(AnswerError):
    """What was to be made is there already: a table, a dataset, a job of that id."""


class StreamingBufferError(AnswerError):
    """Rows that were streamed in the last half hour cannot be deleted yet."""


class ForbiddenError(AnswerError):
    """The login may not do that; `permission` is what it lacks, as far as that is known."""

    def __init__(self, what: str, advice: str, answer: Answer, permission: str | None) -> None:
        """Keep the permission, too."""
        super().__init__(what, advice, answer)
        self.permission = permission


_CLASSES: dict[Kind, type[AnswerError]] = {
    "too_large": TooLargeError,
    "missing_table": MissingTableError,
    "missing_dataset": MissingTableError,
    "missing_job": MissingJobError,
    "exists": ExistsError,
    "streaming_buffer": StreamingBufferError,
}


def of(
    answer: Answer,
    doing: str,
    *,
    place: Place,
    billing: str,
    account: str = "",
    table: str | None = None,
    permission: str | None = None,
) -> SinkError:
    """Make the error for an answer.

    Args:
        answer: what came of it.
        doing: what was tried, to stand after "could not".
        place: the dataset.
        billing: the project that jobs are billed to.
        account: whom we are logged in as; "" when unknown.
        table: the name of the table that it was about.
        permission: what the request needs, for when the answer does not say.
    """
    what = f"{place.table(table) if table else place}: could not {doing}: {answer.said}"
    if answer.kind == "unavailable":
        return SinkUnavailable(what, retry_after=answer.retry_after)
    if answer.kind == "forbidden" and not answer.advice:
        lacking = answer.permission or permission
        advice = grant(lacking, place=place, billing=billing, account=account)
        return ForbiddenError(what, advice, answer, lacking)
    advice = answer.advice.format(
        place=place, project=place.project, dataset=place.dataset, billing=billing
    )
    if answer.kind == "forbidden":
        return ForbiddenError(what, advice, answer, None)
    return _CLASSES.get(answer.kind, AnswerError)(what, advice, answer)


def grant(permission: str | None, *, place: Place, billing: str, account: str = "") -> str:
    """Say which role to grant, to whom, on what, and by which command."""
    who = account or "the account that ccsync logs in as"
    if permission is None:
        return f"Grant {who} what the README's table of permissions lists for this command"
    role = permissions.role_to_grant(permission)
    if role is None:
        return f"Grant {who} a role with {permission}"
    subject = f"ccsync logs in as {account}" if account else "It is about ccsync's own account"
    lacks = f"{subject}. It lacks {permission}: grant it {role.name}"
    member, meant = _member(account)
    if role.on == "project":
        return (
            f"{lacks} on the project {billing}: `gcloud projects add-iam-policy-binding {billing} "
            f"--member={member} --role={role.name}`{meant}"
        )
    return (
        f"{lacks} on the dataset {place}, by this query: GRANT `{role.name}` ON SCHEMA "
        f'`{place.project}`.{place.dataset} TO "{member}"{meant}'
    )


def _member(account: str) -> tuple[str, str]:
    """Give the name of an account as grants want it, and what is to be put there if unknown."""
    if account.endswith(".gserviceaccount.com"):
        return f"serviceAccount:{account}", ""
    if account:
        return f"user:{account}", ""
    return "MEMBER", (
        ", with that account in the place of MEMBER, such as "
        "serviceAccount:ccsync@my-project.iam.gserviceaccount.com (`ccsync check` says which login "
        "is used)"
    )
