"""News about orders of an org that the cart read once, before it moved to another."""

from __future__ import annotations

from collections.abc import Sequence

from fulfillment_bridge.domain.counting import named
from fulfillment_bridge.jobs.base import JobContext
from fulfillment_bridge.jobs.order_news import OrderNews


def without_left_behind(
    ctx: JobContext, every: Sequence[OrderNews], organization_id: str
) -> list[OrderNews]:
    """The news about orders of this org; what to do about the others is left to a person.

    The org that the cart reads now may have a record of the same id: a sandbox has those of the
    org it was copied from.
    """
    others = [news for news in every if news.order.organization_id != organization_id]
    if others:
        _, profile = ctx.need_cart()
        with ctx.store.begin() as uow:
            for news in others:
                text = _text(profile.name, news, organization_id)
                for message in news.messages:
                    uow.outbox.bury(message.message_id, ctx.worker, error=text, at=ctx.now())
                uow.events.add(news.order.order_id, ctx.now(), "not_written", why=text)
        ctx.count("left_behind", len(others))
        numbers = named(sorted(news.order.order_number for news in others))
        ctx.ask_for_attention(
            f"news about orders of another org, which cart {profile.name} read before, is not "
            f"written ({numbers}): fulfillment-bridge dead-letters list --cart {profile.name}"
        )
    return [news for news in every if news.order.organization_id == organization_id]


def _text(cart: str, news: OrderNews, organization_id: str) -> str:
    return (
        f"The order belongs to the org {news.order.organization_id}, which cart {cart} read "
        f"before. Now it reads the org {organization_id}, and nothing is written there about it. "
        "What to do: discard this message, or replay it once the cart reads that org again."
    )
