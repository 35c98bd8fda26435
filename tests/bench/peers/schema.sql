-- Five tables of a council's housing, with the keys that every seeder here understands: no CHECK, no exclusion, no trigger.
DROP TABLE IF EXISTS payment, tenancy, resident, property, ward;

CREATE TABLE ward (
    id integer PRIMARY KEY,
    name text NOT NULL
);

CREATE TABLE property (
    id integer PRIMARY KEY,
    ward_id integer NOT NULL REFERENCES ward,
    address_line text NOT NULL,
    postcode varchar(8) NOT NULL,
    bedrooms integer NOT NULL
);

CREATE TABLE resident (
    id integer PRIMARY KEY,
    first_name text NOT NULL,
    last_name text NOT NULL,
    email text NOT NULL UNIQUE,
    date_of_birth date NOT NULL
);

CREATE TABLE tenancy (
    id integer PRIMARY KEY,
    property_id integer NOT NULL REFERENCES property,
    resident_id integer NOT NULL REFERENCES resident,
    start_date date NOT NULL,
    weekly_rent numeric(8, 2) NOT NULL
);

CREATE TABLE payment (
    id integer PRIMARY KEY,
    tenancy_id integer NOT NULL REFERENCES tenancy,
    paid_at timestamp NOT NULL,
    amount numeric(8, 2) NOT NULL,
    reference text
);
