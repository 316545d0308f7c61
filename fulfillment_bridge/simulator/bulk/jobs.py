"""The bulk jobs of an org: their queue, the thread that works it off, and daily quotas."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from fulfillment_bridge.simulator.bulk.ingest import Ingestion
from fulfillment_bridge.simulator.bulk.job import Job, Order, State
from fulfillment_bridge.simulator.bulk.query import run_query
from fulfillment_bridge.simulator.bulk.tables import BadTable
from fulfillment_bridge.simulator.errors import SalesforceError, not_found
from fulfillment_bridge.simulator.ids import IdSource, normalized
from fulfillment_bridge.simulator.org import Org, User
from fulfillment_bridge.simulator.usage import ApiUsage

KEPT_FOR = timedelta(days=7)
KEY_PREFIX = "750"
QUOTA_USED_UP = "ApiBatchItems Limit exceeded."
UNFORESEEN = "Unknown : An unexpected error occurred"


@dataclass
class BulkJobs:
    """All jobs of one org. Safe in any thread; the jobs run one after another in one thread."""

    org: Org
    query_jobs_a_day: int = 10_000
    batches_a_day: int = 15_000
    _jobs: dict[str, Job] = field(default_factory=dict)
    _waiting: deque[Job] = field(default_factory=deque)
    _query_jobs: ApiUsage = field(default_factory=ApiUsage)
    _batches: ApiUsage = field(default_factory=ApiUsage)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _pool: ThreadPoolExecutor | None = None
    _closed: bool = False

    def __post_init__(self) -> None:
        self._ids = IdSource(f"{self.org.name}/bulk")

    def open_ingest(self, user: User, version: int, order: Order) -> Job:
        """A new job that waits for its data."""
        with self._changed:
            return self._add(user, version, order, State.OPEN)

    def open_query(self, user: User, version: int, order: Order) -> Job:
        """A new job in the queue; raises SalesforceError when the day's quota is used up."""
        now, limit = self.org.clock.now(), self.query_jobs_a_day
        if not self._query_jobs.charge(user.username, now=now, limit=limit):
            raise SalesforceError("EXCEEDEDQUOTA", QUOTA_USED_UP)
        with self._changed:
            job = self._add(user, version, order, State.UPLOAD_COMPLETE)
            self._waiting.append(job)
        return job

    def find(self, user: User, job_id: str, *, is_query: bool) -> Job:
        """The user's job of this id; an administrator's is every job. Raises SalesforceError."""
        with self._changed:
            self._forget_old()
            job = self._jobs.get(normalized(job_id) or "")
        if job is None or job.is_query != is_query:
            raise not_found()
        if not (job.owner is user or user.is_admin):
            raise SalesforceError("INVALIDUSER", "The job was created by another user")
        return job

    def all(self, user: User, *, is_query: bool) -> list[Job]:
        """The user's jobs, newest first; an administrator sees everybody's."""
        with self._changed:
            self._forget_old()
            jobs = [job for job in self._jobs.values() if job.is_query == is_query]
        return [job for job in reversed(jobs) if job.owner is user or user.is_admin]

    def upload(self, job: Job, data: bytes) -> None:
        """Take the data of an open job, which may come once; raises SalesforceError."""
        with self._changed:
            if job.state is not State.OPEN or job.data is not None:
                raise _wrong_state("Uploading data to", job)
            job.data = data

    def close_upload(self, job: Job) -> None:
        """Put an open job into the queue; raises SalesforceError."""
        with self._changed:
            if job.state is not State.OPEN:
                raise _wrong_state("Closing", job)
            self._move(job, State.UPLOAD_COMPLETE)
            self._waiting.append(job)

    def abort(self, job: Job) -> None:
        """Stop a job that has not ended; what is done stays done. Raises SalesforceError."""
        with self._changed:
            if job.state.is_final:
                raise _wrong_state("Aborting", job)
            self._move(job, State.ABORTED)

    def delete(self, job: Job) -> None:
        """Forget a job and its results, unless it is open or at work; raises SalesforceError."""
        with self._changed:
            is_queued = job.state is State.UPLOAD_COMPLETE and not job.is_query
            if not (job.state.is_final or is_queued):
                raise _wrong_state("Deleting", job)
            if is_queued:
                self._move(job, State.ABORTED)
            self._jobs.pop(job.id, None)

    def pump(self) -> None:
        """Let the thread work on what waits, unless the org holds its jobs."""
        with self._changed:
            if self.org.settings.bulk_jobs_held or self._closed or not self._waiting:
                return
            self._pool = self._pool or ThreadPoolExecutor(1, thread_name_prefix="bulk")
            while self._waiting:
                self._pool.submit(self._run, self._waiting.popleft())

    def wait(self, job_id: str, *, timeout: float) -> Job:
        """Wait until a job has ended, or the time is over; the job."""
        self.pump()
        with self._changed:
            job = self._jobs[job_id]
            self._changed.wait_for(lambda: job.state.is_final, timeout)
            return job

    def left_today(self) -> dict[str, tuple[int, int]]:
        """What the org may use a day of the Bulk API, and what is left, by name of the limit."""
        now = self.org.clock.now()
        used = {
            "DailyBulkApiBatches": (self.batches_a_day, self._batches.used(now=now)),
            "DailyBulkV2QueryJobs": (self.query_jobs_a_day, self._query_jobs.used(now=now)),
        }
        return {name: (most, max(0, most - count)) for name, (most, count) in used.items()}

    def close(self) -> None:
        """Stop after the chunk at work; nothing runs from then on."""
        with self._changed:
            self._closed = True
            pool = self._pool
        if pool:
            pool.shutdown(cancel_futures=True)

    def _run(self, job: Job) -> None:
        """Do the work of one job, in the thread."""
        with self._changed:
            if job.state is not State.UPLOAD_COMPLETE:
                return
            self._move(job, State.IN_PROGRESS)
        with self._outcome(job):
            if job.is_query:
                run_query(self.org, job)
            else:
                Ingestion(self.org, job, lambda: self._is_wanted(job), self._take_batch).run()

    @contextmanager
    def _outcome(self, job: Job) -> Iterator[None]:
        """Whatever happens inside, the job ends, and says why it failed."""
        state, message = State.FAILED, UNFORESEEN
        try:
            yield
            state, message = State.JOB_COMPLETE, ""
        except BadTable as error:
            message = str(error)
        except SalesforceError as error:
            message = f"{error.code} : {error.message}"
        finally:
            with self._changed:
                if job.state is State.IN_PROGRESS:
                    job.error_message = message or None
                    self._move(job, state)

    def _is_wanted(self, job: Job) -> bool:
        with self._changed:
            return job.state is State.IN_PROGRESS and not self._closed

    def _take_batch(self) -> bool:
        now = self.org.clock.now()
        return self._batches.charge("", now=now, limit=self.batches_a_day)

    def _add(self, user: User, version: int, order: Order, state: State) -> Job:
        now = self.org.clock.now()
        job = Job(self._ids.next(KEY_PREFIX), order, user, version, now, now, state)
        self._jobs[job.id] = job
        return job

    def _move(self, job: Job, state: State) -> None:
        job.state, job.changed_at = state, self.org.clock.now()
        self._changed.notify_all()

    def _forget_old(self) -> None:
        oldest = self.org.clock.now() - KEPT_FOR
        jobs = self._jobs.values()
        for job in [job for job in jobs if job.state.is_final and job.changed_at <= oldest]:
            del self._jobs[job.id]


def _wrong_state(doing: str, job: Job) -> SalesforceError:
    names = {State.JOB_COMPLETE: "Completed", State.UPLOAD_COMPLETE: "Closed"}
    state = names.get(job.state, job.state.value)
    return SalesforceError("INVALIDJOBSTATE", f"{doing} already {state} Job not allowed")
