"""Who buys: customers with addresses, as different as addresses are. All invented."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Customer:
    """A company with one person in it. ``street`` may have several lines."""

    company: str
    first_name: str
    last_name: str
    street: str
    city: str
    state: str
    postal_code: str
    country_code: str
    country_name: str
    phone: str = "775-555-0100"

    @property
    def person(self) -> str:
        """The person's whole name."""
        return f"{self.first_name} {self.last_name}"

    @property
    def email(self) -> str:
        """Where the person reads mail."""
        return f"buyer@{self.company.split()[0].lower()}.example"


US = ("US", "United States")
DE = ("DE", "Germany")
GB = ("GB", "United Kingdom")
FR = ("FR", "France")
CA = ("CA", "Canada")

CUSTOMERS: tuple[Customer, ...] = (
    Customer("Aspen Trading", "Ada", "Miller", "1 Market St\nApt 4", "Reno", "NV", "89501", *US),
    Customer("Birch & Sons", "Ben", "O'Hara", "22 Elm Ave", "Portland", "ME", "04101", *US),
    Customer("Cedar Works", "Cleo", "Nguyen", "Building 4\nDock 7", "Tulsa", "OK", "74103", *US),
    Customer(
        "Dogwood Ltd", "Dana", "Smith-Jones", "Unit 3\n14 Mill Lane\nLower Green",
        "Leeds", "West Yorkshire", "LS1 4DY", *GB,
    ),
    Customer("Eiche GmbH", "Jürgen", "Groß", "Königstraße 12", "Köln", "", "50667", *DE),
    Customer('Fir "Export" Inc.', "Fay", "Okafor", "500 Pine Rd, Suite 9", "Newark", "NJ",
             "07102", *US),
    Customer("Ginkgo SARL", "Élise", "Lefèvre", "8 rue de l'Église\n2e étage", "Lyon", "",
             "69002", *FR),
    Customer("Hazel Stores", "Hugo", "Brandt", "77 Harbor Blvd\nGate 2", "Honolulu", "HI",
             "96813", *US),
    Customer("Ivy Labs", "Ines", "Novák", "9 Science Park\nBuilding B\nFloor 3\nRoom 311",
             "Boston", "MA", "02118", *US),
    Customer("Juniper Co-op", "Jo", "Tremblay", "310 Rue Principale", "Québec", "QC", "G1R 4S9",
             *CA),
    Customer("Kauri Imports", "Kim", "Park", "18 Dock St\nPier 5", "Seattle", "WA", "98101", *US),
    Customer("Larch Brothers", "Lea", "Weiß", "Hauptstr. 3\nHinterhaus", "München", "", "80331",
             *DE),
)  # fmt: skip
