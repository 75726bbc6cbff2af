/** Orders as a till would send them. */

let last = 0;

/** The payload of order.created. */
export function newOrder(id, table, more = {}) {
    last++;
    return {
        order: {
            id,
            number: String(last),
            table: { id: table, number: Number(table) },
            items: [
                { id: 'i1', name: 'Crème brûlée', quantity: 2,
                    modifiers: [{ name: 'without nuts' }],
                    notes: 'birthday: one candle' },
                { id: 'i2', name: 'Empanada de carne', quantity: 3 },
            ],
            ...more,
        },
    };
}

/** What follows order.created in an order's life, in this order. */
export const life = ['kitchen.acknowledged', 'kitchen.preparing',
    'kitchen.ready', 'order.served', 'order.completed'];
