// drizzle-seed: `node drizzle.mjs URL ROWS`
import { drizzle } from "drizzle-orm/node-postgres";
import { date, integer, numeric, pgTable, text, timestamp, varchar } from "drizzle-orm/pg-core";
import { seed } from "drizzle-seed";
import { arguments_, emptied, installed, measured } from "./plan.mjs";

const ward = pgTable("ward", { id: integer("id").primaryKey(), name: text("name").notNull() });
const property = pgTable("property", {
  id: integer("id").primaryKey(),
  wardId: integer("ward_id").notNull().references(() => ward.id),
  addressLine: text("address_line").notNull(),
  postcode: varchar("postcode", { length: 8 }).notNull(),
  bedrooms: integer("bedrooms").notNull(),
});
const resident = pgTable("resident", {
  id: integer("id").primaryKey(),
  firstName: text("first_name").notNull(),
  lastName: text("last_name").notNull(),
  email: text("email").notNull().unique(),
  dateOfBirth: date("date_of_birth").notNull(),
});
const tenancy = pgTable("tenancy", {
  id: integer("id").primaryKey(),
  propertyId: integer("property_id").notNull().references(() => property.id),
  residentId: integer("resident_id").notNull().references(() => resident.id),
  startDate: date("start_date").notNull(),
  weeklyRent: numeric("weekly_rent", { precision: 8, scale: 2 }).notNull(),
});
const payment = pgTable("payment", {
  id: integer("id").primaryKey(),
  tenancyId: integer("tenancy_id").notNull().references(() => tenancy.id),
  paidAt: timestamp("paid_at").notNull(),
  amount: numeric("amount", { precision: 8, scale: 2 }).notNull(),
  reference: text("reference"),
});
const schema = { ward, property, resident, tenancy, payment };

const { url, rows } = arguments_();
const client = await emptied(url);
await measured("drizzle-seed", await installed("drizzle-seed"), client, rows, async (wanted) => {
  await seed(drizzle(client), schema, { seed: 1 }).refine(() =>
    Object.fromEntries(Object.entries(wanted).map(([table, count]) => [table, { count }])),
  );
});
await client.end();
