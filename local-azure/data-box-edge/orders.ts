import { listOf, objectOf, oneOf, optional, text } from './body-reader.ts';
import type { ChildType } from './children.ts';

/** What Azure says of an order that nobody follows up: it never gets further here (recorded). */
const untracked = {
  status: 'Untracked',
  updateDateTime: '0001-01-01T00:00:00Z',
  comments: 'Initialising Order with Untracked status',
  additionalOrderDetails: {},
};

/** The order of the hardware. Which members it must have is documented; the shipment is to the customer unless said. */
export const orders: ChildType = {
  type: 'orders',
  isSingleton: true,
  read: objectOf({
    contactInformation: objectOf({ contactPerson: text, companyName: text, phone: text, emailList: listOf(text) }),
    shippingAddress: optional(
      objectOf({
        addressLine1: optional(text),
        addressLine2: optional(text),
        addressLine3: optional(text),
        postalCode: optional(text),
        city: optional(text),
        state: optional(text),
        country: text,
      }),
    ),
    shipmentType: optional(oneOf('NotApplicable', 'ShippedToCustomer', 'SelfPickup'), 'ShippedToCustomer'),
  }),
  added: { currentStatus: untracked, orderHistory: [untracked], deliveryTrackingInfo: [], returnTrackingInfo: [] },
};
