"""One transaction and every repository on it."""

from __future__ import annotations

from sqlalchemy import Connection

from fulfillment_bridge.storage.ages import Ages
from fulfillment_bridge.storage.api_usage import ApiUsage
from fulfillment_bridge.storage.audit import Audit
from fulfillment_bridge.storage.connections import Connections
from fulfillment_bridge.storage.cursors import Cursors
from fulfillment_bridge.storage.dead_letters import DeadLetters
from fulfillment_bridge.storage.events import Events
from fulfillment_bridge.storage.fulfillment_orders import FulfillmentOrders
from fulfillment_bridge.storage.inbox import Inbox
from fulfillment_bridge.storage.ledger import Ledger
from fulfillment_bridge.storage.mappings import Mappings
from fulfillment_bridge.storage.moments import Moments
from fulfillment_bridge.storage.object_schemas import ObjectSchemas
from fulfillment_bridge.storage.order_story import OrderStories
from fulfillment_bridge.storage.orders import Orders
from fulfillment_bridge.storage.outbox import Outbox
from fulfillment_bridge.storage.overruled import Overruled
from fulfillment_bridge.storage.proofs import Proofs
from fulfillment_bridge.storage.runs import Runs
from fulfillment_bridge.storage.schedule import Schedule
from fulfillment_bridge.storage.secrets import Secrets
from fulfillment_bridge.storage.shipments import Shipments
from fulfillment_bridge.storage.stamps_ahead import StampsAhead
from fulfillment_bridge.storage.stock import Stock
from fulfillment_bridge.storage.switches import Carts, Warehouses
from fulfillment_bridge.storage.written_values import WrittenValues


class UnitOfWork:
    """Everything done here happens together or not at all. Made by ``Store.begin()``."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.connections = Connections(connection)
        self.carts = Carts(connection)
        self.warehouses = Warehouses(connection)
        self.mappings = Mappings(connection)
        self.ledger = Ledger(connection)
        self.orders = Orders(connection)
        self.overruled = Overruled(connection)
        self.fulfillment_orders = FulfillmentOrders(connection)
        self.events = Events(connection)
        self.stories = OrderStories(connection)
        self.outbox = Outbox(connection)
        self.dead_letters = DeadLetters(connection)
        self.shipments = Shipments(connection)
        self.written_values = WrittenValues(connection)
        self.inbox = Inbox(connection)
        self.stock = Stock(connection)
        self.cursors = Cursors(connection)
        self.proofs = Proofs(connection)
        self.ages = Ages(connection)
        self.runs = Runs(connection)
        self.schedule = Schedule(connection)
        self.stamps_ahead = StampsAhead(connection)
        self.audit = Audit(connection)
        self.api_usage = ApiUsage(connection)
        self.object_schemas = ObjectSchemas(connection)
        self.moments = Moments(connection)
        self.secrets = Secrets(connection)
